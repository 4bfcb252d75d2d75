import type { Clock } from '../runtime/clock.ts';
import type { RunTail } from './run-tail.ts';
import type { SequencedEvent, SubscribeOptions } from './subscribe-options.ts';
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
export class Subscriber {
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
    const receive = this.#options.subscribe.sink?.receive;
    if (receive !== undefined && this.isCaughtUp && this.#unpushed === undefined) this.#push(receive);
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
  #push(receive: (step: SequencedEvent) => void): void {
    const { position } = this;
    const { clock, tail, subscribe } = this.#options;
    try {
      const backpressure = subscribe.ready?.(subscribe.signal);
      const step = backpressure ?? position.next(tail);
      const nowMs = clock.elapsed();
      if ('seq' in step && !subscribe.signal.aborted && nowMs >= position.sendableAt(step, nowMs)) {
        position.moveTo(step, nowMs);
        receive(step);
        if (tail.isLiveAt(step.seq)) return;
      }
      this.#unpushed = { backpressure };
    } catch (error) {
      this.#unpushed = { error };
    }
    this.wakeup.wake(true);
  }
}
