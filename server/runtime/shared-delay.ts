import type { Clock } from './clock.ts';

/** What a delay is for. Its fields are set by the delay that it was added to. */
export abstract class DelayedItem {
  /** By `clock.elapsed()`; `undefined` while it waits for nothing. */
  dueMs: number | undefined = undefined;
  previous: DelayedItem | undefined = undefined;
  next: DelayedItem | undefined = undefined;

  abstract onDue(): void;
}

/**
 * Calls each item the same delay after it was added. There is one timer for all of them: with one for each, the timer and its
 * functions take 0.4 KB per item. A linked list, since the first of a map is found behind all those that were deleted.
 */
export class SharedDelay {
  readonly #clock: Clock;
  readonly #delayMs: number;
  /** In the order in which they are due, since the delay is the same. */
  #first: DelayedItem | undefined = undefined;
  #last: DelayedItem | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;

  /** @param delayMs Above 0. */
  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** An item that was added before is due later instead. */
  add(item: DelayedItem): void {
    this.#unlink(item);
    item.dueMs = this.#clock.elapsed() + this.#delayMs;
    item.previous = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#arm();
  }

  remove(item: DelayedItem): void {
    this.#unlink(item);
    if (this.#first !== undefined) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #unlink(item: DelayedItem): void {
    if (item.dueMs === undefined) return;
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.dueMs = undefined;
    item.previous = undefined;
    item.next = undefined;
  }

  #arm(): void {
    if (this.#cancelTimer !== undefined || this.#first?.dueMs === undefined) return;
    // Whole: the system's timers would cut it off, and be early.
    const delayMs = Math.max(0, Math.ceil(this.#first.dueMs - this.#clock.elapsed()));
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#callDue();
    });
  }

  #callDue(): void {
    const nowMs = this.#clock.elapsed();
    for (let item = this.#first; item?.dueMs !== undefined && item.dueMs <= nowMs; item = this.#first) {
      this.#unlink(item);
      item.onDue();
    }
    this.#arm();
  }
}
