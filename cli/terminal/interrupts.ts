import type { Clock } from '@stagewire/server/runtime/clock';
import { exitCodes } from './exit-codes.ts';

/** Why a command should come to its end. */
export type Interrupt = 'interrupt' | 'terminate' | 'reader-gone';

/** Lets a command end in its own way when it is told to stop; told a second time, the process exits at once. */
export interface Interrupts {
  /** From now on the first interrupt calls `handler`. Without one an interrupt exits at once. */
  handle(handler: (interrupt: Interrupt) => void): void;
}

/** npm hands on a Ctrl-C that the terminal has sent to every process already: within this time it is the same one. */
const samePressMs = 500;

export interface InterruptsOptions {
  readonly process: Pick<NodeJS.Process, 'on' | 'exit' | 'stdout' | 'stderr'>;
  readonly clock: Clock;
}

export function createInterrupts({ process, clock }: InterruptsOptions): Interrupts {
  let handler: ((interrupt: Interrupt) => void) | undefined;
  let firstAt: number | undefined;

  const interrupted = (interrupt: Interrupt) => {
    const now = clock.now();
    if (firstAt !== undefined) {
      // A reader that has gone is told by every write.
      if (interrupt !== 'reader-gone' && now - firstAt >= samePressMs) process.exit(exitCodeOf(interrupt));
      return;
    }
    firstAt = now;
    if (handler === undefined) process.exit(exitCodeOf(interrupt));
    else handler(interrupt);
  };
  process.on('SIGINT', () => interrupted('interrupt'));
  process.on('SIGTERM', () => interrupted('terminate'));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interrupted('reader-gone');
  });
  // Nobody reads the notes: there is nobody to tell.
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
