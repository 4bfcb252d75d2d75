import type { WrapWriter } from '../render/wrap-writer.ts';
import { createWrapWriter } from '../render/wrap-writer.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { widthOf, withoutStyles } from '../terminal/text-width.ts';
import type { inlinePieces, InlinePiece } from './inline.ts';

type Alignment = 'left' | 'right' | 'center';
type Cell = readonly InlinePiece[];

export interface TableOptions {
  readonly paint: Paint;
  /** The columns of a row. */
  readonly columns: number;
  /** How the source of a cell is read. */
  readonly piecesOf: typeof inlinePieces;
}

const separator = ' │ ';
/** Columns of a table that are narrower cannot be read: then each row becomes a list. */
const narrowestColumn = 8;

/** Whether a line below a row makes it the header of a table: `| --- | :-: |`. */
export function isDelimiterRow(line: string): boolean {
  return /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/.test(line) && line.includes('|');
}

/** The rows of a table that fits, or a list of its rows that does. @param lines header, delimiter row, and the rows */
export function tableRows(lines: readonly string[], options: TableOptions): string[] {
  const [header = '', delimiter = '', ...others] = lines;
  const alignments = cellsOf(delimiter).map(alignmentOf);
  const [names = [], ...rows] = [header, ...others].map((line, index) =>
    alignments.map((_, column) =>
      options.piecesOf(cellsOf(line)[column] ?? '', index === 0 ? (['bold'] as const) : []),
    ),
  );
  const widths = columnWidths([names, ...rows], options.columns);
  return widths === undefined
    ? listRows({ names, rows }, options)
    : gridRows({ names, rows, widths, alignments }, options);
}

interface Table {
  readonly names: readonly Cell[];
  readonly rows: readonly (readonly Cell[])[];
}

interface Grid extends Table {
  readonly widths: readonly number[];
  readonly alignments: readonly Alignment[];
}

function gridRows({ names, rows, widths, alignments }: Grid, { paint }: TableOptions): string[] {
  const rowsOf = (cells: readonly Cell[]) => {
    const wrapped = cells.map((cell, column) => wrapCell(cell, widths[column] ?? 1, paint));
    const height = Math.max(1, ...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, row) =>
      wrapped
        .map((lines, column) => padded(lines[row] ?? '', widths[column] ?? 1, alignments[column] ?? 'left'))
        .join(paint('dim', separator))
        .trimEnd(),
    );
  };
  const rule = paint('dim', widths.map((width) => '─'.repeat(width)).join('─┼─'));
  return [...rowsOf(names), rule, ...rows.flatMap(rowsOf)];
}

/** For a window that is too narrow for the columns: `name: value`, and an empty line between two rows. */
function listRows({ names, rows }: Table, { paint, columns }: TableOptions): string[] {
  return rows.flatMap((cells, index) => [
    ...(index === 0 ? [] : ['']),
    ...cells.flatMap((cell, column) => {
      const name = names[column] ?? [];
      const label = name.length === 0 ? [] : [...name, { text: ': ', styles: ['bold'] as Style[] }];
      return wrapCell([...label, ...cell], columns, paint, '  ');
    }),
  ]);
}

/** The widths of the columns; `undefined` if one would be too narrow. */
function columnWidths(rows: readonly (readonly Cell[])[], columns: number): number[] | undefined {
  const natural = (rows[0] ?? []).map((_, column) =>
    Math.max(1, ...rows.map((cells) => widthOf((cells[column] ?? []).map(({ text }) => text).join('')))),
  );
  const available = columns - separator.length * (natural.length - 1);
  const sum = (cap: number) => natural.reduce((all, width) => all + Math.min(width, cap), 0);
  let cap = Math.max(...natural, 1);
  if (sum(cap) <= available) return natural;
  while (cap > 0 && sum(cap) > available) cap -= 1;
  if (cap < narrowestColumn) return undefined;
  let left = available - sum(cap);
  return natural.map((width) => {
    if (width <= cap) return width;
    const more = Math.min(left, 1);
    left -= more;
    return cap + more;
  });
}

function wrapCell(cell: Cell, width: number, paint: Paint, indent = ''): string[] {
  // A writer leaves the last column empty.
  const writer: WrapWriter = createWrapWriter({ paint, columns: () => width + 1, narrowest: 1 });
  writer.setPrefix({ rest: indent });
  for (const { text, styles } of cell) writer.push(text, styles);
  writer.flush();
  return writer.take().split('\n');
}

function padded(line: string, width: number, alignment: Alignment): string {
  const missing = Math.max(0, width - widthOf(withoutStyles(line)));
  const left = alignment === 'left' ? 0 : alignment === 'right' ? missing : Math.floor(missing / 2);
  return ' '.repeat(left) + line + ' '.repeat(missing - left);
}

function alignmentOf(cell: string): Alignment {
  const text = cell.trim();
  if (!text.endsWith(':')) return 'left';
  return text.startsWith(':') ? 'center' : 'right';
}

/** The sources of the cells of a row: a `|` in code or after a backslash is text. */
function cellsOf(line: string): string[] {
  const trimmed = line.trim().replace(/^\|/, '');
  const cells: string[] = [''];
  for (const part of trimmed.match(/\\[^]|`[^`]*`|[^]/g) ?? []) {
    if (part === '|') cells.push('');
    else cells[cells.length - 1] += part === '\\|' ? '|' : part;
  }
  if (cells.length > 1 && cells.at(-1)?.trim() === '') cells.pop();
  return cells.map((cell) => cell.trim());
}
