import { pino } from 'pino';
import type { Clock } from '../runtime/clock.ts';

/** Bytes that may wait for whoever reads them. */
const maxUnwrittenBytes = 1_000_000;
/** How long the last lines of a process may take, in milliseconds. */
const lastLinesMs = 2000;

/** The standard error, written without ever holding the event loop: whoever reads a pipe may stop. */
export interface StandardError {
  write(text: string): void;
  /**
   * Waits until all is written, two seconds at most. If nobody reads, the process is killed: it could neither end by
   * itself nor by `process.exit`, which waits for the write under way.
   */
  finish(): Promise<void>;
}

export function createStandardError(process: NodeJS.Process, clock: Pick<Clock, 'after'>): StandardError {
  // What is more than it may hold is dropped, the oldest lines last.
  const stream = pino.destination({ fd: 2, sync: false, maxLength: maxUnwrittenBytes });
  let isWritten = true;
  let onWritten = () => {};
  const settle = () => {
    isWritten = true;
    onWritten();
  };
  stream.on('drain', settle);
  // Whoever read it has gone: there is nobody to warn, and no reason to end.
  stream.on('error', settle);
  return {
    write(text) {
      isWritten = false;
      stream.write(text);
    },
    async finish() {
      if (isWritten) return;
      const isInTime = await new Promise<boolean>((resolve) => {
        const cancel = clock.after(lastLinesMs, () => resolve(false));
        onWritten = () => {
          cancel();
          resolve(true);
        };
      });
      if (!isInTime) process.kill(process.pid, 'SIGKILL');
    },
  };
}
