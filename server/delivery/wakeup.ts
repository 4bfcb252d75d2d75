import type { Clock } from '../runtime/clock.ts';

/** How a subscriber waits: until woken, until an instant of `clock.elapsed()`, or until its signal aborts. */
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
  return new LazyWakeup(clock, signal);
}

/** A class, since each subscriber has one: an object takes a sixth of what as many closures take. */
class LazyWakeup implements Wakeup {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #resolveWait: (() => void) | undefined = undefined;
  #onlyUrgent = false;
  #disarm: (() => void) | undefined = undefined;
  #dueMs = Infinity;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#end);
  }

  until(wakeAtMs: number, { urgentOnly = false }: { urgentOnly?: boolean } = {}): Promise<void> {
    if (this.#signal.aborted) return Promise.resolve();
    this.#arm(wakeAtMs);
    this.#onlyUrgent = urgentOnly;
    return new Promise((resolve) => {
      this.#resolveWait = resolve;
    });
  }

  wake(urgent: boolean): void {
    if (urgent || !this.#onlyUrgent) this.#endWait();
  }

  close(): void {
    this.#disarm?.();
    this.#signal.removeEventListener('abort', this.#end);
    this.#end();
  }

  /** At the abort, and when the timer is due: one function, since each takes memory for each subscriber. */
  readonly #end = (): void => {
    this.#dueMs = Infinity;
    this.#endWait();
  };

  #endWait(): void {
    const now = this.#resolveWait;
    this.#resolveWait = undefined;
    now?.();
  }

  #arm(atMs: number): void {
    if (this.#dueMs <= atMs || atMs === Infinity) return;
    this.#disarm?.();
    this.#dueMs = atMs;
    this.#disarm = this.#clock.after(Math.max(0, atMs - this.#clock.elapsed()), this.#end);
  }
}
