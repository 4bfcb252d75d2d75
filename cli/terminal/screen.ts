import { once } from 'node:events';
import { wrapRows } from '../render/wrap-rows.ts';
import { truncatedLine, withoutStyles } from './text-width.ts';

/** The output of a command, and at most a few rows below it that are replaced as often as needed. */
export interface Screen {
  /** Writes to standard output, and waits while its buffer is full. */
  write(text: string): Promise<void>;
  /** Replaces the status line below the output, or removes it. No effect if `live` is false. */
  showStatus(line: string | undefined): void;
  /**
   * Replaces the rows below the output, which are truncated to the window; none removes them. No effect if `live` is
   * false.
   */
  showBelow(rows: readonly string[]): void;
  /** Shows or hides the cursor, which is at the end of the output. No effect if `live` is false. */
  showCursor(isVisible: boolean): void;
  /** Writes a line to standard error. */
  note(line: string): void;
  /** Whether rows can be shown below the output. */
  readonly live: boolean;
  /** Whether standard output is a terminal, also one without a status line: it may obey what is in a text. */
  readonly isTerminal: boolean;
  /** The size of the window now. */
  readonly columns: number;
  readonly rows: number;
  /** Calls `listener` after the window has another size. Returns a function that removes it. */
  onResize(listener: () => void): () => void;
}

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream;
  readonly error: NodeJS.WriteStream;
}

export function createScreen({ out, error }: ScreenOptions): Screen {
  const live = out.isTTY && process.env['TERM'] !== 'dumb';
  let below: readonly string[] = [];
  let isShown = false;
  let isCursorVisible = true;
  let isMidLine = false;
  /** A note was written in the middle of an output line. */
  let lineInterrupted = false;

  const columns = () => (out.columns > 0 ? out.columns : 80);
  const rows = () => (out.rows > 0 ? out.rows : 24);
  /** The sequences that remove the rows; the cursor is always at the end of the output. */
  const erased = () => {
    const sequence = isShown ? eraseBelow : '';
    isShown = false;
    return sequence;
  };
  const drawn = () => {
    // The row of the cursor stays visible.
    const shown = below.slice(0, Math.max(0, rows() - 1));
    if (shown.length === 0) return '';
    isShown = true;
    return rowsBelow(shown.map((row) => truncatedLine(row, columns() - 1)));
  };
  const show = (next: readonly string[]) => {
    if (!live || (next.length === 0 && below.length === 0)) return;
    below = next;
    out.write(asOneFrame(erased() + drawn()));
  };

  return {
    live,
    isTerminal: out.isTTY,
    async write(text) {
      if (text === '') return;
      if (lineInterrupted && text.startsWith('\n')) text = text.slice(1);
      lineInterrupted = false;
      const plain = withoutStyles(text);
      if (plain !== '') isMidLine = !plain.endsWith('\n');
      const frame = live && below.length > 0 ? asOneFrame(erased() + text + drawn()) : text;
      if (out.write(frame) || !out.writable) return;
      // `Interrupts` handles the error of a reader that has closed the output.
      await once(out, 'drain').catch(() => undefined);
    },
    showStatus(line) {
      show(line === undefined ? [] : [line]);
    },
    showBelow: show,
    showCursor(isVisible) {
      if (!live || isVisible === isCursorVisible) return;
      isCursorVisible = isVisible;
      out.write(isVisible ? cursorShown : cursorHidden);
    },
    note(line) {
      if (live) out.write(erased());
      if (live && isMidLine) {
        out.write('\n');
        isMidLine = false;
        lineInterrupted = true;
      }
      const rows =
        live && error.isTTY ? line.split('\n').flatMap((it) => wrapRows(it, columns() - 1)) : [line];
      error.write(`${rows.join('\n')}\n`);
      if (live && below.length > 0) out.write(asOneFrame(drawn()));
    },
    get columns() {
      return columns();
    },
    get rows() {
      return rows();
    },
    onResize(listener) {
      const onResize = () => {
        // The terminal has moved the rows together with the cursor: what is below it is ours.
        if (live) out.write(asOneFrame(eraseBelow + drawn()));
        listener();
      };
      out.on('resize', onResize);
      return () => void out.off('resize', onResize);
    },
  };
}

const cursorShown = '\u001b[?25h';
const cursorHidden = '\u001b[?25l';
const eraseBelow = '\u001b[J';
const noWrap = '\u001b[?7l';
const wrap = '\u001b[?7h';
const noStyle = '\u001b[0m';

/** A terminal that knows synchronized output draws all of it at once; others ignore the sequences. */
function asOneFrame(text: string): string {
  return text === '' ? '' : `\u001b[?2026h${text}\u001b[?2026l`;
}

/**
 * The rows below the cursor, which stays where it is. Down and up first: at the bottom of the screen this scrolls, so
 * that the saved cursor position stays correct.
 */
function rowsBelow(rows: readonly string[]): string {
  const room = `${'\u001bD'.repeat(rows.length)}\u001b[${rows.length}A`;
  const lines = rows.map((row) => `\u001b[1B\r\u001b[2K${row}${noStyle}`).join('');
  return `${room}\u001b7${noStyle}${noWrap}${lines}${wrap}\u001b8`;
}
