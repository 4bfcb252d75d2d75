import { once } from 'node:events';

/** The output of a command, and at most one status line below it. */
export interface Screen {
  /** Writes to standard output, and waits while its buffer is full. */
  write(text: string): Promise<void>;
  /** Replaces the status line below the output, or removes it. No effect if `live` is false. */
  showStatus(line: string | undefined): void;
  /** Writes a line to standard error. */
  note(line: string): void;
  /** Whether the status line can be shown. */
  readonly live: boolean;
  /** Whether standard output is a terminal, also one without a status line: it may obey what is in a text. */
  readonly isTerminal: boolean;
}

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream;
  readonly error: NodeJS.WriteStream;
}

export function createScreen({ out, error }: ScreenOptions): Screen {
  const live = out.isTTY && process.env['TERM'] !== 'dumb';
  let shown = false;
  let column = 0;
  /** A note was written in the middle of an output line. */
  let lineInterrupted = false;

  const hideStatus = () => {
    if (!shown) return;
    shown = false;
    out.write(eraseBelow);
  };
  const show = (line: string) => {
    // After a full line the cursor is between two lines, and moving it would lose the next character.
    if (column > 0 && column % out.columns === 0) return;
    shown = true;
    out.write(column === 0 ? statusHere(line) : statusBelow(line));
  };

  return {
    live,
    isTerminal: out.isTTY,
    async write(text) {
      if (text === '') return;
      hideStatus();
      if (lineInterrupted && text.startsWith('\n')) text = text.slice(1);
      lineInterrupted = false;
      // oxlint-disable-next-line no-control-regex -- our own style sequences have no width
      const plain = text.replace(/\u001b\[[\d;]*m/g, '');
      const lastLine = plain.lastIndexOf('\n');
      column = lastLine === -1 ? column + plain.length : plain.length - lastLine - 1;
      if (out.write(text) || !out.writable) return;
      // `Interrupts` handles the error of a reader that has closed the output.
      await once(out, 'drain').catch(() => undefined);
    },
    showStatus(line) {
      if (!live) return;
      if (line === undefined) hideStatus();
      else show(line);
    },
    note(line) {
      hideStatus();
      if (live && column > 0) {
        out.write('\n');
        column = 0;
        lineInterrupted = true;
      }
      error.write(`${line}\n`);
    },
  };
}

const eraseBelow = '\u001b[J';
const noWrap = '\u001b[?7l';
const wrap = '\u001b[?7h';

/** Written on the empty line at the cursor. */
function statusHere(line: string): string {
  return `${eraseBelow}${noWrap}${line}${wrap}\r`;
}

/**
 * Written on the line below the current one. Down and up first: at the bottom of the screen this scrolls, so that the
 * saved cursor position stays correct.
 */
function statusBelow(line: string): string {
  return `\u001bD\u001bM\u001b7\u001b[1B\r\u001b[2K${noWrap}${line}${wrap}\u001b8`;
}
