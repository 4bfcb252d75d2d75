import { counted, grouped } from '@stagewire/shared/units/count';
import { cleanLine } from '../render/clean-text.ts';
import type { Paint } from '../terminal/paint.ts';
import type { LoadDrive } from './drive-load.ts';
import { counterTable, trendTable, type CounterName, type TrendName } from './figures.ts';
import type { LoadReport } from './load-report.ts';
import type { TrendSummary } from './trend.ts';

/** The status line of a running load test. */
export function progressText(drive: LoadDrive, runs: number | undefined): string {
  const { figures, phase, liveRuns, measuredMs } = drive;
  const started = grouped(figures.counted('runs_started'));
  const seconds = measuredMs / 1000;
  const parts = [
    phase,
    `${seconds.toFixed(0)} s`,
    `${started}${runs === undefined ? '' : ` of ${grouped(runs)}`} runs started, ${grouped(liveRuns)} live`,
    `${grouped(Math.round(figures.counted('frames') / Math.max(1, seconds)))} frames/s`,
    `${grouped(figures.counted('lost'))} lost`,
    `${grouped(figures.counted('errors'))} errors`,
  ];
  return parts.join(' · ');
}

/** The report as a table. */
export function reportLines(report: LoadReport, paint: Paint): string[] {
  const { usage, machine, settings } = report;
  const pace =
    settings.ratePerSecond === undefined
      ? `${settings.concurrency} concurrent runs`
      : `${settings.ratePerSecond} runs started per second`;
  return [
    paint('bold', `Load test of ${report.url}: ${(report.measuredMs / 1000).toFixed(1)} s measured`),
    paint(
      'dim',
      `${pace}, ${counted(settings.subscribers, 'subscriber')} per run, ${settings.model}, seed ${settings.seed}`,
    ),
    paint('dim', `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`),
    '',
    ...trendLines(report, paint),
    '',
    ...counterLines(report, paint),
    ...errorLines(report),
    '',
    ...usageLines(usage),
    ...thresholdLines(report, paint),
    '',
    ...verdictLines(report, paint),
  ];
}

const columns = ['count', 'avg', 'p50', 'p95', 'p99', 'max'] as const;

function trendLines({ trends }: LoadReport, paint: Paint): string[] {
  const names = (Object.keys(trendTable) as TrendName[]).filter((name) => trends[name].count > 0);
  const width = Math.max(8, ...names.map((name) => name.length));
  const head = ['ms'.padEnd(width), ...columns.map((column) => column.padStart(9))].join(' ');
  const rows = names.map((name) => {
    const cells = columns.map((column) => cell(trends[name], column).padStart(9));
    return `${name.padEnd(width)} ${cells.join(' ')}  ${paint('dim', trendTable[name])}`;
  });
  return [paint('bold', head), ...rows];
}

function cell(summary: TrendSummary, column: (typeof columns)[number]): string {
  if (column === 'count') return grouped(summary.count);
  const value = summary[column];
  return value === null ? '–' : milliseconds(value);
}

function milliseconds(value: number): string {
  if (value >= 1000) return grouped(Math.round(value));
  return value.toFixed(value < 10 ? 2 : 1);
}

function counterLines({ counters }: LoadReport, paint: Paint): string[] {
  const always: readonly CounterName[] = [
    'delivered',
    'lost',
    'duplicated',
    'after_end',
    'text_mismatches',
    'errors',
  ];
  const names = (Object.keys(counterTable) as CounterName[]).filter(
    (name) => counters[name] > 0 || always.includes(name),
  );
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => {
    const bad = counters[name] > 0 && always.includes(name) && name !== 'delivered';
    const value = grouped(counters[name]).padStart(11);
    return `${name.padEnd(width)} ${bad ? paint('red', value) : value}  ${paint('dim', counterTable[name])}`.trimEnd();
  });
}

function errorLines({ errors }: LoadReport): string[] {
  return Object.entries(errors).map(([code, count]) => `  ${cleanLine(code)}: ${grouped(count)}`);
}

function usageLines({ generator, server }: LoadReport['usage']): string[] {
  const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  return [
    server === null
      ? 'server     process unknown (see --server-pid)'
      : `server     ${Math.round(server.cpuPercent)} % of a core, memory ${mib(server.rssBytesAtStart)} → ` +
        `${mib(server.rssBytesAtEnd)}, peak ${mib(server.rssBytesAtMost)} (process ${server.pid})`,
    `generator  ${Math.round(generator.cpuPercent)} % of a core, event loop busy ` +
      `${Math.round(generator.loopUtilization * 100)} % of the time, timer delay ` +
      `${generator.loopDelayP99Ms.toFixed(1)} ms (p99), memory ${mib(generator.rssBytes)}`,
  ];
}

function thresholdLines({ thresholds }: LoadReport, paint: Paint): string[] {
  const lines = thresholds.map(({ threshold, value, unit, met }) => {
    const number = value === null || unit === 'count' ? grouped(value ?? 0) : `${milliseconds(value)} ms`;
    const seen = value === null ? 'no measurements' : number;
    return `${met ? paint('green', 'met   ') : paint('red', 'missed')}  ${threshold}  (${seen})`;
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

/** All problems of the result, one per line, or the statement that there are none. */
function verdictLines(report: LoadReport, paint: Paint): string[] {
  const { invalidBecause, thresholds, broken, counters, interrupted } = report;
  const missed = thresholds.filter(({ met }) => !met).length;
  const lines = [
    ...(interrupted ? [paint('yellow', 'Ended early; the report covers the time until then.')] : []),
    ...invalidBecause.map((reason) => paint('red', `The durations are not valid: ${reason}.`)),
    ...(missed === 0 ? [] : [paint('red', `${missed} of ${thresholds.length} thresholds were not met.`)]),
    ...(broken.length === 0
      ? []
      : [
          paint(
            'red',
            `Must be 0, but is not: ${broken.map((name) => `${name} ${counters[name]}`).join(', ')}.`,
          ),
        ]),
  ];
  if (lines.length > 0) return lines;
  return [paint('green', thresholds.length === 0 ? 'No event lost or duplicated.' : 'All thresholds met.')];
}
