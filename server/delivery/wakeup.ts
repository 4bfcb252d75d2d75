import type { Clock } from '../runtime/clock.ts';

/** How a subscriber waits: until woken, until an instant, or until its signal aborts. */
export interface Wakeup {
  /**
   * Resolves at `wakeAtMs`, at a `wake`, or at the abort, whichever is first. With `urgentOnly` a wake that is
   * not urgent is ignored.
   */
  until(wakeAtMs: number, options?: { urgentOnly?: boolean }): Promise<void>;
  wake(urgent: boolean): void;
  /** Releases the timer and the signal. */
  close(): void;
}

/**
 * At most one timer, armed lazily: one that is due early enough is kept although the wait may have ended and
 * started again many times. So the caller checks the clock when it resolves.
 */
export function createWakeup(clock: Clock, signal: AbortSignal): Wakeup {
  let resolveWait: (() => void) | undefined;
  let onlyUrgent = false;
  let disarm: (() => void) | undefined;
  let dueMs = Infinity;

  function endWait(): void {
    const now = resolveWait;
    resolveWait = undefined;
    now?.();
  }

  function arm(atMs: number): void {
    if (dueMs <= atMs || atMs === Infinity) return;
    disarm?.();
    dueMs = atMs;
    disarm = clock.after(Math.max(0, atMs - clock.now()), () => {
      dueMs = Infinity;
      disarm = undefined;
      endWait();
    });
  }

  signal.addEventListener('abort', endWait);

  return {
    until(wakeAtMs, { urgentOnly = false } = {}) {
      if (signal.aborted) return Promise.resolve();
      arm(wakeAtMs);
      onlyUrgent = urgentOnly;
      return new Promise((resolve) => {
        resolveWait = resolve;
      });
    },
    wake(urgent) {
      if (urgent || !onlyUrgent) endWait();
    },
    close() {
      disarm?.();
      signal.removeEventListener('abort', endWait);
      endWait();
    },
  };
}
