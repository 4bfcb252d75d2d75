import type { Environment } from './environment.ts';
import type { Figure, NoFigure, Plot } from './figure.ts';
import type { Spread } from './statistics.ts';

/** Everything that one bench has to say: the content of its JSON file. */
export interface Report {
  readonly environment: Environment;
  readonly rounds: number;
  readonly quick: boolean;
  readonly tookMs: number;
  readonly figures: readonly Figure[];
  readonly withoutFigure: readonly NoFigure[];
  readonly plots: readonly Plot[];
}

/** The rows of the table, the header first. */
export function rowsOf({ figures, withoutFigure }: Report): readonly (readonly string[])[] {
  return [
    ['', 'figure', 'stagewire', 'baseline', 'compared', 'goal', 'verdict'],
    ...figures.map((figure) => [
      figure.id,
      figure.what,
      `${numbers(figure.ours)} ${figure.unit}`.trim(),
      figure.baseline === null ? '–' : `${numbers(figure.baseline)} ${figure.unit}`.trim(),
      compared(figure),
      figure.goal,
      figure.verdict === 'none' ? '–' : figure.verdict,
    ]),
    ...withoutFigure.map(({ id, what, why }) => [id, what, 'no figure', '', why, '', '–']),
  ];
}

/** The table and what surrounds it, for a terminal. */
export function asText(report: Report): string {
  const rows = rowsOf(report);
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = report.figures.flatMap(({ id, notes = [] }) => notes.map((note) => `${id}: ${note}.`));
  return [
    ...aboutOf(report),
    '',
    ...lines,
    '',
    'Medians of the rounds, in brackets the smallest and the largest. What is compared is compared round by round.',
    ...notes,
  ].join('\n');
}

/** The table and what surrounds it, for a document. */
export function asMarkdown(report: Report): string {
  const [head = [], ...rows] = rowsOf(report);
  const lineOf = (row: readonly string[]) =>
    `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const notes = Map.groupBy(
    report.figures.flatMap(({ id, notes = [] }) => notes.map((note) => ({ id, note }))),
    ({ note }) => note,
  );
  return [
    `${aboutOf(report).join('; ')}.`,
    [lineOf(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(lineOf)].join('\n'),
    Array.from(notes, ([note, of]) => `- ${of.map(({ id }) => id).join(', ')}: ${note}.`).join('\n'),
  ].join('\n\n');
}

export function aboutOf({ environment, rounds, quick, tookMs }: Report): readonly string[] {
  const { at, cores, cpu, system, node, versions, sqlite, loadBefore, loadDuring = 0 } = environment;
  // The server and the load generator want up to a core each; what is above that was others.
  const isShared = loadDuring > Math.max(2.5, cores);
  return [
    `${at}: ${cores} cores of ${cpu}, ${system}, Node ${node}, SQLite ${sqlite}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'}${quick ? ', quick' : ''}, ${Math.round(tookMs / 1000)} s; load before it began ${loadBefore.toFixed(1)}, meanwhile ${loadDuring.toFixed(1)}`,
    ...(isShared
      ? [
          'Other processes wanted the cores too: latencies are theirs as well; trust ratios of CPU more than times.',
        ]
      : []),
  ];
}

function compared({ compares, compared: value, unit }: Figure): string {
  if (compares === 'value') return '–';
  if (Number.isNaN(value.median)) return '–';
  return compares === 'ratio'
    ? `${numbers(value)} ×`
    : `${value.median < 0 ? '' : '+ '}${numbers(value)} ${unit}`.replaceAll('-', '−');
}

function numbers({ median, min, max }: Spread): string {
  return short(min) === short(max) ? short(median) : `${short(median)} (${short(min)}–${short(max)})`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return size >= 99.95 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
