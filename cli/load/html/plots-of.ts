import { counterTable, trendTable, type CounterName, type TrendName } from '../figures.ts';
import type { LoadReport } from '../load-report.ts';
import { breakText, paceKind } from '../report-texts.ts';
import type { SeriesPoint } from '../series.ts';
import type { TimeLine, TimePlot } from './time-plot.ts';

/** The plots of a report, in the order of the page; those without values are left out by the page. */
export function plotsOf(report: LoadReport): readonly TimePlot[] {
  const { series, settings, breaks } = report;
  const marks = breaks.map((it) => ({
    atSeconds: it.atMs / 1000,
    label: `First violated ${breakText(it, report)}`,
  }));
  const line = (name: string, valueOf: (point: SeriesPoint) => number | null | undefined): TimeLine => ({
    name,
    points: series.map((point) => ({ seconds: point.atMs / 1000, value: valueOf(point) ?? null })),
  });
  const perSecond = (counter: CounterName) => (point: SeriesPoint) =>
    ((point.counters[counter] ?? 0) * 1000) / Math.max(1, point.durationMs);
  const plot = (title: string, unit: string, lines: readonly TimeLine[]): TimePlot => ({
    title,
    unit,
    scale: 'linear',
    lines,
    marks,
  });
  const isRate = paceKind(settings) === 'rate';
  return [
    plot('Starts', 'per second', [
      ...(isRate ? [line('due', ({ target }) => target)] : []),
      line('started', perSecond('runs_started')),
      ...(report.counters.starts_skipped === 0 ? [] : [line('skipped', perSecond('starts_skipped'))]),
    ]),
    plot('Live', 'runs', [
      line('live', ({ liveRuns }) => liveRuns),
      ...(isRate ? [] : [line('due', ({ target }) => target)]),
    ]),
    ...latencyPlots(report, { marks, line }),
    plot('Messages with an event', 'per second', [
      line('run subscribers', perSecond('frames')),
      ...(settings.feedSubscribers === 0 ? [] : [line('feed subscribers', perSecond('feed_events'))]),
    ]),
    plot(
      'Problems',
      'per second',
      problemLines(report, (name) => line(name, perSecond(name))),
    ),
    plot('CPU', '% of one core', [
      line('server', ({ server }) => server?.cpuPercent),
      line('load generator', ({ generator }) => generator.cpuPercent),
      line('its event loop', ({ generator }) => generator.loopUtilization * 100),
    ]),
    plot('Memory of the server', 'MiB', [
      line('resident', ({ server }) => (server === null ? null : server.rssBytes / 1024 / 1024)),
    ]),
  ];
}

function latencyPlots(
  { trends }: LoadReport,
  {
    marks,
    line,
  }: {
    readonly marks: TimePlot['marks'];
    readonly line: (name: string, valueOf: (point: SeriesPoint) => number | null | undefined) => TimeLine;
  },
): readonly TimePlot[] {
  const names = (Object.keys(trendTable) as TrendName[]).filter((name) => trends[name].count > 0);
  return names.map((name) => ({
    title: name,
    unit: `ms, ${trendTable[name]}`,
    scale: 'log',
    lines: (['p50', 'p95', 'p99', 'max'] as const)
      .map((stat) => line(stat, (point) => point.trends[name]?.[stat]))
      .filter(({ points }) => points.some(({ value }) => value !== null)),
    marks,
  }));
}

const problems: readonly CounterName[] = ['errors', 'lost', 'duplicated', 'reconnects', 'commands_rejected'];

function problemLines(
  { counters }: LoadReport,
  lineOf: (name: CounterName) => TimeLine,
): readonly TimeLine[] {
  return problems.filter((name) => counters[name] > 0 && name in counterTable).map(lineOf);
}
