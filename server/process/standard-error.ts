import { pino } from 'pino';
import type { Clock } from '../runtime/clock.ts';

/** Bytes that may be pending. */
const maxUnwrittenBytes = 1_000_000;
/** How long the last lines of a process may take, in milliseconds. */
const lastLinesMs = 2000;

/** Standard error, written without blocking the event loop: the reader of a pipe may stop. */
export interface StandardError {
  write(text: string): void;
  /**
   * Waits until everything is written, at most two seconds. If the pipe is not read, the process is killed: it
   * could neither end normally nor by `process.exit`, which waits for the pending write.
   */
  finish(): Promise<void>;
}

export function createStandardError(process: NodeJS.Process, clock: Pick<Clock, 'after'>): StandardError {
  // Above the limit lines are dropped.
  const stream = pino.destination({ fd: 2, sync: false, maxLength: maxUnwrittenBytes });
  let isWritten = true;
  let onWritten = () => {};
  const settle = () => {
    isWritten = true;
    onWritten();
  };
  stream.on('drain', settle);
  // The pipe is closed: there is no reader to warn, and no reason to exit.
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
