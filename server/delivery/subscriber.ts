import type { Clock } from '../runtime/clock.ts';
import type { CommitListener } from './commit-listener.ts';
import type { RunTail } from './run-tail.ts';
import type { SubscribeOptions } from './subscribe-options.ts';
import { SubscriberPosition } from './subscriber-position.ts';
import { createWakeup, type Wakeup } from './wakeup.ts';

export interface SubscriberOptions {
  readonly clock: Clock;
  readonly tail: RunTail;
  readonly subscribe: SubscribeOptions;
}

/** What a push has met and leaves to the loop. */
interface Unpushed {
  readonly error?: unknown;
  readonly backpressure?: Promise<void> | undefined;
}

/** One subscriber of a run: its position, how its loop waits, and the push at a commit, which goes without the loop. */
export class Subscriber implements CommitListener {
  readonly #options: SubscriberOptions;
  readonly position: SubscriberPosition;
  readonly wakeup: Wakeup;
  /** Everything was sent, and the loop waits for the next event. */
  isCaughtUp = false;
  #unpushed: Unpushed | undefined = undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.position = new SubscriberPosition(options.subscribe);
    this.wakeup = createWakeup(options.clock, options.subscribe.signal);
  }

  onCommit(urgent: boolean): void {
    const isPushed = this.#options.subscribe.sink?.receive !== undefined;
    if (isPushed && this.isCaughtUp && this.#unpushed === undefined) this.#push();
    else this.wakeup.wake(urgent);
  }

  /** What the last push has left: the backpressure that it met. @throws its error */
  takeUnpushed(): Promise<void> | undefined {
    const unpushed = this.#unpushed;
    this.#unpushed = undefined;
    if (unpushed !== undefined && 'error' in unpushed) throw unpushed.error;
    return unpushed?.backpressure;
  }

  /** Sends the event if it is that simple; all else is left to the loop. */
  #push(): void {
    const { position } = this;
    const { clock, tail, subscribe } = this.#options;
    try {
      const backpressure = subscribe.ready?.(subscribe.signal);
      const step = backpressure ?? position.next(tail);
      const nowMs = clock.elapsed();
      if ('seq' in step && !subscribe.signal.aborted && nowMs >= position.sendableAt(step, nowMs)) {
        position.moveTo(step, nowMs);
        subscribe.sink?.receive?.(step);
        if (tail.isLiveAt(step.seq)) return;
      }
      this.#unpushed = { backpressure };
    } catch (error) {
      this.#unpushed = { error };
    }
    this.wakeup.wake(true);
  }
}
