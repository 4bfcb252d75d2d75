import type { Paint, Style } from '../terminal/paint.ts';
import { graphemesOf, widthOf } from '../terminal/text-width.ts';

/** What each row of a paragraph begins with. */
export interface RowPrefix {
  /** The first row. @default '' */
  readonly first?: string;
  /** The rows after a line break of this writer. @default the same as `first` */
  readonly rest?: string;
  /** Whether empty rows get it, too. @default false */
  readonly onEmptyRows?: boolean;
}

/**
 * Breaks text into rows at spaces, as it arrives. A word is held until it is complete, so that nothing that was taken
 * changes later: any split of the same text gives the same rows.
 */
export interface WrapWriter {
  /** Adds text; `\n` starts a new line, a tab advances to the next multiple of four. It may have style sequences. */
  push(text: string, styles?: readonly Style[]): void;
  /** Ends the current word, which is held otherwise. */
  flush(): void;
  /** For the rows that follow. The current row keeps what it began with. */
  setPrefix(prefix: RowPrefix): void;
  /** Ends the current line, if it has any text. */
  endLine(): void;
  /** Whether nothing is on the current row. */
  readonly isAtLineStart: boolean;
  /** Whether the row before the current one is empty, or there is none. */
  readonly isAfterEmptyRow: boolean;
  /** The columns that text may fill, without a prefix. */
  readonly columns: number;
  /** Everything added since the last call, except what is held. */
  take(): string;
}

export interface WrapWriterOptions {
  readonly paint: Paint;
  /** The columns of the terminal now. The last one stays empty: a full row would leave the cursor between two rows. */
  readonly columns: () => number;
  /** Fewer columns than this are not believed. @default 8 */
  readonly narrowest?: number;
}

/** A character of a word that is held. */
interface Cell {
  readonly text: string;
  /** 0 for a style sequence. */
  readonly width: number;
  readonly styles: readonly Style[];
}

const tabColumns = 4;
// oxlint-disable-next-line no-control-regex -- our own style sequences have no width
const parts = /(\u001b\[[\d;]*m)|(\n)|( +)|(\t)|([^\u001b\n \t]+)/g;
/** Characters that do not begin a row, and those that do not end one, in texts without spaces. */
const closing = /^[\p{Pe}\p{Pf}、。，．・：；？！ー々…]/u;
const opening = /[\p{Ps}\p{Pi}]$/u;

export function createWrapWriter({ paint, columns, narrowest = 8 }: WrapWriterOptions): WrapWriter {
  let taken = '';
  let column = 0;
  /** Columns of the prefix of the current row. */
  let start = 0;
  let hasRow = false;
  let isAfterEmptyRow = true;
  let prefix: RowPrefix = {};
  /** Characters that must stay in one row. */
  let unit: Cell[] = [];
  /** Whether the unit is wider than a row, and was placed as it came. */
  let isLong = false;
  /** The last character: it may still get a mark, and may then be wider. */
  let tail: Cell | undefined;
  let spaces = 0;

  const limit = () => Math.max(narrowest, columns() - 1);
  const prefixOf = (isContinued: boolean) =>
    isContinued ? (prefix.rest ?? prefix.first ?? '') : (prefix.first ?? '');
  const startRow = (isContinued: boolean) => {
    const text = prefixOf(isContinued);
    const width = widthOf(text);
    // A prefix that leaves no place for text is left out.
    const isKept = width <= limit() / 2;
    if (isKept) taken += text.trim() === '' ? text : paint('dim', text);
    start = isKept ? width : 0;
    column = start;
    hasRow = true;
  };
  const breakRow = () => {
    taken += '\n';
    startRow(true);
  };
  const put = (cells: readonly Cell[]) => {
    let run = '';
    let styles: readonly Style[] = [];
    const paintRun = () => {
      if (run !== '') taken += styles.reduce((text, style) => paint(style, text), run);
      run = '';
    };
    for (const cell of cells) {
      if (cell.styles !== styles) paintRun();
      styles = cell.styles;
      run += cell.text;
      column += cell.width;
    }
    paintRun();
  };
  const putSpaces = () => {
    // An indentation leaves half of the row for text.
    const wanted = column === start ? Math.min(spaces, Math.floor((limit() - start) / 2)) : spaces;
    taken += ' '.repeat(wanted);
    column += wanted;
    spaces = 0;
  };
  const placeUnit = () => {
    const width = widthOfCells(unit);
    if (!hasRow && width === 0) return put(unit);
    if (!hasRow) startRow(false);
    if (column > start && column + spaces + width > limit()) {
      spaces = 0;
      breakRow();
    }
    putSpaces();
    if (column + width > limit()) placeLong(unit);
    else put(unit);
  };
  const placeLong = (cells: readonly Cell[]) => {
    if (!hasRow) startRow(false);
    let from = 0;
    let width = 0;
    for (const [index, cell] of cells.entries()) {
      if (column + width > start && column + width + spaces + cell.width > limit()) {
        put(cells.slice(from, index));
        from = index;
        width = 0;
        spaces = 0;
        breakRow();
      }
      if (spaces > 0) putSpaces();
      width += cell.width;
    }
    put(cells.slice(from));
  };
  /** One character at a time, whatever the pieces: so the rows do not depend on them. */
  const addCell = (cell: Cell) => {
    if (isBreak(unit.at(-1), cell)) endUnit();
    unit.push(cell);
    if (isLong) return placeLong([cell]);
    if (widthOfCells(unit) <= limit() - widthOf(prefixOf(true))) return;
    isLong = true;
    placeLong(unit);
  };
  const endUnit = () => {
    if (!isLong && unit.length > 0) placeUnit();
    unit = [];
    isLong = false;
  };
  const settle = () => {
    if (tail !== undefined) addCell(tail);
    tail = undefined;
    endUnit();
  };
  const addText = (text: string, styles: readonly Style[]) => {
    const held = tail;
    tail = undefined;
    const joins = held?.styles === styles;
    if (held !== undefined && !joins) addCell(held);
    for (const grapheme of graphemesOf(joins ? held.text + text : text)) {
      if (tail !== undefined) addCell(tail);
      tail = { text: grapheme, width: widthOf(grapheme), styles };
    }
  };
  const addSequence = (text: string) => {
    if (tail !== undefined) addCell(tail);
    tail = undefined;
    addCell({ text, width: 0, styles: [] });
  };
  const newLine = () => {
    settle();
    spaces = 0;
    if (!hasRow && prefix.onEmptyRows === true) taken += paint('dim', prefixOf(false).trimEnd());
    taken += '\n';
    isAfterEmptyRow = !hasRow;
    hasRow = false;
    column = 0;
    start = 0;
  };
  const seen = new Map<string, readonly Style[]>();

  return {
    push(text, given = []) {
      // The same styles are the same object: then characters of two pieces can be joined.
      const key = given.join(' ');
      const styles = seen.get(key) ?? given;
      seen.set(key, styles);
      for (const [piece, sequence, newline, space, tab] of text.matchAll(parts)) {
        if (sequence !== undefined) addSequence(sequence);
        else if (newline !== undefined) newLine();
        else if (space !== undefined || tab !== undefined) {
          settle();
          const at = column - start + spaces;
          spaces += tab === undefined ? piece.length : tabColumns - (at % tabColumns);
        } else addText(piece, styles);
      }
    },
    flush: settle,
    setPrefix(next) {
      prefix = next;
    },
    endLine() {
      settle();
      spaces = 0;
      if (hasRow) newLine();
    },
    get isAtLineStart() {
      return !hasRow && unit.length === 0 && tail === undefined;
    },
    get isAfterEmptyRow() {
      return isAfterEmptyRow;
    },
    get columns() {
      return limit();
    },
    take() {
      const text = taken;
      taken = '';
      return text;
    },
  };
}

function widthOfCells(cells: readonly Cell[]): number {
  return cells.reduce((sum, { width }) => sum + width, 0);
}

/** Chinese, Japanese and Korean have no spaces: a row may end after each wide character. */
function isBreak(before: Cell | undefined, after: Cell): boolean {
  if (before === undefined || before.width === 0) return false;
  return (before.width === 2 || after.width === 2) && !closing.test(after.text) && !opening.test(before.text);
}
