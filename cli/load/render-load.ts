import { counted, grouped } from '@stagewire/shared/units/count';
import { cleanLine } from '../render/clean-text.ts';
import { wrapRows } from '../render/wrap-rows.ts';
import { shownUrl } from '../terminal/why-unreached.ts';
import type { Paint } from '../terminal/paint.ts';
import type { LoadDrive } from './drive-load.ts';
import { counterTable, trendTable, type CounterName, type TrendName } from './figures.ts';
import type { AddressReport, LoadReport } from './load-report.ts';
import { mustBeZero } from './must-be-zero.ts';
import {
  breakText,
  measuredText,
  milliseconds,
  paceText,
  subscribersText,
  successText,
  verdicts,
  verdictWord,
} from './report-texts.ts';
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

/**
 * The report as a table.
 *
 * @param windowColumns The width of the window, for which rows are shortened. @default no limit
 */
export function reportLines(report: LoadReport, paint: Paint, windowColumns = Infinity): string[] {
  const { usage, machine, settings } = report;
  const heading = [
    `Load test of ${report.addresses.map(({ url }) => shownUrl(url)).join(', ')}: ${(report.measuredMs / 1000).toFixed(1)} s measured`,
    `${paceText(settings)}, ${subscribersText(settings)}, ${modelText(settings)}, seed ${settings.seed}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`,
  ];
  const wrapped = (text: string, style: 'bold' | 'dim') =>
    (windowColumns === Infinity ? [text] : wrapRows(text, windowColumns - 1, '  ')).map((row) =>
      paint(style, row),
    );
  return [
    ...heading.flatMap((text, index) => wrapped(text, index === 0 ? 'bold' : 'dim')),
    '',
    ...trendLines(report, paint, windowColumns),
    '',
    ...counterLines(report, paint, windowColumns),
    ...errorLines(report, windowColumns),
    ...addressLines(report, paint),
    '',
    ...usageLines(usage, windowColumns),
    ...thresholdLines(report, paint, windowColumns),
    ...breakLines(report, paint, windowColumns),
    '',
    ...verdictLines(report, paint, windowColumns),
  ];
}

function modelText({ scenario, model }: LoadReport['settings']): string {
  const [first] = scenario;
  return scenario.length === 1 && first?.name === 'default'
    ? model
    : `a scenario of ${counted(scenario.length, 'kind')} of runs`;
}

const allColumns = ['count', 'avg', 'p50', 'p95', 'p99', 'max'] as const;
type Column = (typeof allColumns)[number];

/** The first set that the window has room for. */
const columnSets: readonly (readonly Column[])[] = [
  allColumns,
  ['count', 'p50', 'p95', 'p99', 'max'],
  ['p50', 'p95', 'p99', 'max'],
  ['p50', 'p95', 'max'],
];

const cellWidth = 9;

function trendLines({ trends }: LoadReport, paint: Paint, windowColumns: number): string[] {
  const names = (Object.keys(trendTable) as TrendName[]).filter((name) => trends[name].count > 0);
  if (names.length === 0) return [paint('dim', 'No durations were measured.')];
  const width = Math.max(8, ...names.map((name) => name.length));
  const room = (set: readonly Column[]) => width + set.length * (cellWidth + 1) < windowColumns;
  const columns = columnSets.find(room) ?? columnSets.at(-1) ?? allColumns;
  const head = ['ms'.padEnd(width), ...columns.map((column) => column.padStart(cellWidth))].join(' ');
  const rows = names.map((name) => {
    const cells = columns.map((column) => cell(trends[name], column).padStart(cellWidth));
    const row = `${name.padEnd(width)} ${cells.join(' ')}`;
    return { row, shown: row, note: trendTable[name] };
  });
  return [paint('bold', head), ...withNotes(rows, paint, windowColumns)];
}

interface NotedRow {
  /** Without styles, for its width. */
  readonly row: string;
  readonly shown: string;
  readonly note: string;
}

/** The rows of a table with their notes, if the window has room for all of them. */
function withNotes(rows: readonly NotedRow[], paint: Paint, windowColumns: number): string[] {
  const hasRoom = rows.every(({ row, note }) => row.length + 2 + note.length < windowColumns);
  return rows.map(({ shown, note }) => (hasRoom && note !== '' ? `${shown}  ${paint('dim', note)}` : shown));
}

function cell(summary: TrendSummary, column: Column): string {
  if (column === 'count') return grouped(summary.count);
  const value = summary[column];
  return value === null ? '–' : milliseconds(value);
}

function counterLines(
  { counters, addresses, settings }: LoadReport,
  paint: Paint,
  windowColumns: number,
): string[] {
  const always: readonly CounterName[] = [
    'delivered',
    ...mustBeZero.filter((name) => name !== 'runs_unfinished'),
  ];
  const isUnchecked = (name: CounterName) =>
    (name === 'foreign_accesses' && counters.foreign_calls === 0) ||
    (name === 'feed_lost' && settings.feedSubscribers === 0) ||
    (addresses.length === 1 && (name === 'receipt_mismatches' || name === 'feed_mismatches'));
  const names = (Object.keys(counterTable) as CounterName[]).filter(
    (name) => counters[name] > 0 || (always.includes(name) && !isUnchecked(name)),
  );
  const width = Math.max(...names.map((name) => name.length));
  const rows = names.map((name) => {
    const bad = counters[name] > 0 && always.includes(name) && name !== 'delivered';
    const value = grouped(counters[name]).padStart(11);
    const shown = `${name.padEnd(width)} ${bad ? paint('red', value) : value}`;
    return { row: `${name.padEnd(width)} ${value}`, shown, note: counterTable[name] };
  });
  return withNotes(rows, paint, windowColumns);
}

function errorLines({ errors, errorMessages, rejections }: LoadReport, windowColumns: number): string[] {
  const lines = [
    ...Object.entries(errors).map(([code, count]) => {
      const message = errorMessages[code];
      const example = message === undefined ? '' : `, ${count === 1 ? '' : 'the first: '}${message}`;
      return `${code}: ${grouped(count)}${example}`;
    }),
    ...Object.entries(rejections).map(([code, count]) => `${code}: ${grouped(count)}`),
  ].map((line) => `  ${cleanLine(line, maxErrorChars)}`);
  return windowColumns === Infinity
    ? lines
    : lines.flatMap((line) => wrapRows(line, windowColumns - 1, ' '.repeat(4)));
}

const maxErrorChars = 400;

const addressColumns: readonly (readonly [string, (address: AddressReport) => string])[] = [
  ['runs', ({ counters }) => grouped(counters.runs_started)],
  ['frames', ({ counters }) => grouped(counters.frames)],
  ['reconnects', ({ counters }) => grouped(counters.reconnects)],
  ['first token p50', ({ trends }) => cell(trends.time_to_first_token, 'p50')],
  ['p99', ({ trends }) => cell(trends.time_to_first_token, 'p99')],
  ['command p50', ({ trends }) => cell(trends.command_round_trip, 'p50')],
  ['p99', ({ trends }) => cell(trends.command_round_trip, 'p99')],
  ['silence max', ({ trends }) => cell(trends.silence, 'max')],
  ['lost', ({ counters }) => grouped(counters.lost)],
  ['errors', ({ counters }) => grouped(counters.errors)],
];

/** The part of each address, if there are several; durations in milliseconds. */
function addressLines({ addresses }: LoadReport, paint: Paint): string[] {
  if (addresses.length === 1) return [];
  const shown = addresses.map(({ url }) => shownUrl(url));
  const width = Math.max(7, ...shown.map((url) => url.length));
  const line = (first: string, cells: readonly string[]) =>
    [first.padEnd(width), ...cells.map((text, index) => text.padStart(widthOf(index)))].join('  ');
  const widthOf = (index: number) => Math.max(7, addressColumns[index]?.[0].length ?? 0);
  const head = line(
    'address',
    addressColumns.map(([name]) => name),
  );
  const rows = addresses.map((address, index) =>
    line(
      shown[index] ?? '',
      addressColumns.map(([, valueOf]) => valueOf(address)),
    ),
  );
  return ['', paint('bold', head), ...rows];
}

function usageLines({ generator, server }: LoadReport['usage'], windowColumns: number): string[] {
  const mib = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  const lines = [
    server === null
      ? 'server     process unknown (see --server-pid)'
      : `server     ${Math.round(server.cpuPercent)} % of a core, memory ${mib(server.rssBytesAtStart)} → ` +
        `${mib(server.rssBytesAtEnd)}, peak ${mib(server.rssBytesAtMost)} (process ${server.pid})`,
    `generator  ${Math.round(generator.cpuPercent)} % of a core, event loop busy ` +
      `${Math.round(generator.loopUtilization * 100)} % of the time, timer delay ` +
      `${generator.loopDelayP99Ms.toFixed(1)} ms (p99), memory ${mib(generator.rssBytes)}`,
  ];
  return windowColumns === Infinity
    ? lines
    : lines.flatMap((line) => wrapRows(line, windowColumns - 1, ' '.repeat(11)));
}

const styles = { met: 'green', missed: 'red', 'not judged': 'yellow' } as const;

function thresholdLines({ thresholds }: LoadReport, paint: Paint, windowColumns: number): string[] {
  const words = thresholds.map(verdictWord);
  const width = Math.max(...words.map((word) => word.length));
  const lines = thresholds.flatMap((result, index) => {
    const word = words[index] ?? 'missed';
    const text = `${result.threshold}  (${measuredText(result)})`;
    const room = windowColumns - width - 3;
    const [first = '', ...rest] = windowColumns === Infinity ? [text] : wrapRows(text, room);
    const hang = ' '.repeat(width + 2);
    return [`${paint(styles[word], word.padEnd(width))}  ${first}`, ...rest.map((row) => `${hang}${row}`)];
  });
  return lines.length === 0 ? [] : ['', ...lines];
}

function breakLines(report: LoadReport, paint: Paint, windowColumns: number): string[] {
  const { breaks } = report;
  if (breaks.length === 0) return [];
  const lines = breaks.map((it) => `first violated ${breakText(it, report)}`);
  return [
    '',
    ...lines
      .flatMap((line) => (windowColumns === Infinity ? [line] : wrapRows(line, windowColumns - 1, '  ')))
      .map((row) => paint('yellow', row)),
  ];
}

/** All problems of the result, one per line, or the statement that there are none. */
function verdictLines(report: LoadReport, paint: Paint, windowColumns: number): string[] {
  const all = verdicts(report);
  if (all.length === 0) return [paint('green', successText(report))];
  return all.flatMap(({ kind, text }) =>
    (windowColumns === Infinity ? [text] : wrapRows(text, windowColumns - 1)).map((row) =>
      paint(kind === 'bad' ? 'red' : 'yellow', row),
    ),
  );
}
