import type { Clock } from '@stagewire/server/runtime/clock';
import { exitCodes } from './exit-codes.ts';

/** Why a command should stop. */
export type Interrupt = 'interrupt' | 'terminate' | 'reader-gone';

/** Lets a command stop gracefully on the first interrupt; on the second one the process exits immediately. */
export interface Interrupts {
  /** Calls `handler` on the first interrupt. Without a handler, an interrupt exits immediately. */
  handle(handler: (interrupt: Interrupt) => void): void;
}

/** npm forwards a Ctrl-C that the terminal has already sent to every process: within this time it is the same one. */
const duplicateWindowMs = 500;

export interface InterruptsOptions {
  readonly process: Pick<NodeJS.Process, 'on' | 'exit' | 'stdout' | 'stderr'>;
  readonly clock: Clock;
  /** Called if standard output cannot be written for another reason than a reader that has closed it: a full disk. */
  readonly onOutputFailed: (error: Error) => void;
}

export function createInterrupts({ process, clock, onOutputFailed }: InterruptsOptions): Interrupts {
  let handler: ((interrupt: Interrupt) => void) | undefined;
  let firstAt: number | undefined;

  const interrupted = (interrupt: Interrupt) => {
    const now = clock.now();
    if (firstAt !== undefined) {
      // After its reader has closed the output, every write fails again.
      if (interrupt !== 'reader-gone' && now - firstAt >= duplicateWindowMs)
        process.exit(exitCodeOf(interrupt));
      return;
    }
    firstAt = now;
    if (handler === undefined) process.exit(exitCodeOf(interrupt));
    else handler(interrupt);
  };
  process.on('SIGINT', () => interrupted('interrupt'));
  process.on('SIGTERM', () => interrupted('terminate'));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') interrupted('reader-gone');
    else onOutputFailed(error);
  });
  // Notes are lost if standard error is closed; nothing can report that.
  process.stderr.on('error', () => undefined);
  return {
    handle(next) {
      handler = next;
    },
  };
}

export function exitCodeOf(interrupt: Interrupt): number {
  return {
    interrupt: exitCodes.interrupted,
    terminate: exitCodes.terminated,
    'reader-gone': exitCodes.readerGone,
  }[interrupt];
}
