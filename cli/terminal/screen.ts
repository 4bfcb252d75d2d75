import { once } from 'node:events';

/** Where a command shows what it has to say: output, and at most one line below it that changes. */
export interface Screen {
  /** Writes to the standard output, and waits while nobody reads. */
  write(text: string): Promise<void>;
  /** Shows one line below the output in place of the one before, or none. Does nothing where it cannot be changed. */
  showStatus(line: string | undefined): void;
  /** Writes a line to the standard error. */
  note(line: string): void;
  /** Can a line be shown that changes? */
  readonly live: boolean;
}

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream;
  readonly error: NodeJS.WriteStream;
}

export function createScreen({ out, error }: ScreenOptions): Screen {
  const live = out.isTTY && process.env['TERM'] !== 'dumb';
  let shown = false;
  let column = 0;
  /** A note has ended the line that was being written. */
  let brokenOff = false;

  const hideStatus = () => {
    if (!shown) return;
    shown = false;
    out.write(eraseBelow);
  };
  const show = (line: string) => {
    // With a full line the cursor stands between two lines, and moving it would lose the next character.
    if (column > 0 && column % out.columns === 0) return;
    shown = true;
    out.write(column === 0 ? statusHere(line) : statusBelow(line));
  };

  return {
    live,
    async write(text) {
      if (text === '') return;
      hideStatus();
      if (brokenOff && text.startsWith('\n')) text = text.slice(1);
      brokenOff = false;
      // oxlint-disable-next-line no-control-regex -- our own styles take no place
      const plain = text.replace(/\u001b\[[\d;]*m/g, '');
      const lastLine = plain.lastIndexOf('\n');
      column = lastLine === -1 ? column + plain.length : plain.length - lastLine - 1;
      if (out.write(text) || !out.writable) return;
      // That the reader has gone is told to whoever listens to the stream itself.
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
        brokenOff = true;
      }
      error.write(`${line}\n`);
    },
  };
}

const eraseBelow = '\u001b[J';
const noWrap = '\u001b[?7l';
const wrap = '\u001b[?7h';

/** On the empty line where the cursor is. */
function statusHere(line: string): string {
  return `${eraseBelow}${noWrap}${line}${wrap}\r`;
}

/**
 * On the line below the one that is being written. Down and up again first: at the bottom of the screen that makes
 * room, after which the remembered place of the cursor stays right.
 */
function statusBelow(line: string): string {
  return `\u001bD\u001bM\u001b7\u001b[1B\r\u001b[2K${noWrap}${line}${wrap}\u001b8`;
}
