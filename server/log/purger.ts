import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import type { LogStorage } from './log-storage.ts';

/** How long copies that could not be erased are left before the next try, in milliseconds. */
const eraseAgainMs = 1000;

export interface PurgerOptions {
  readonly clock: Clock;
  readonly storage: Pick<LogStorage, 'purge' | 'erase'>;
}

/** Purges the data of hidden runs: one step per turn of the event loop, so that it does not block other work. */
export interface Purger {
  /**
   * Resolves when no hidden run has data any more, or after `stop`. One purge at a time, however many removals request it.
   * Copies that cannot be erased yet, since another connection reads the database, are erased later, without a further call.
   *
   * @throws LogUnavailable
   */
  purge(): Promise<void>;
  /** Starts no further step, and does not try to erase again. */
  stop(): void;
}

export function createPurger({ clock, storage }: PurgerOptions): Purger {
  let isPurging = false;
  let isStopped = false;
  let purging: Promise<void> = Promise.resolve();
  let cancelErasure = () => {};

  const hasNextStep = () => !isStopped && storage.purge();

  async function purgeAll(): Promise<void> {
    isPurging = true;
    try {
      let hasPurged: boolean;
      do {
        hasPurged = false;
        while (hasNextStep()) {
          hasPurged = true;
          await nextTurn(clock);
        }
        // Also if nothing was purged: an earlier erasure may have failed.
        await erase();
        // A run that was hidden meanwhile is purged too.
      } while (hasPurged);
    } finally {
      isPurging = false;
    }
  }

  async function erase(): Promise<void> {
    cancelErasure();
    if (isStopped || (await storage.erase()) || isStopped) return;
    cancelErasure = clock.after(eraseAgainMs, () => void erase());
  }

  return {
    purge() {
      if (!isPurging) purging = purgeAll();
      return purging;
    },
    stop() {
      isStopped = true;
      cancelErasure();
    },
  };
}
