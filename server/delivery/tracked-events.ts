import { tracked } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';
import { LogForked } from '../log/log-forked.ts';

/** The next event of a subscription. */
export interface Sequenced<E> {
  readonly cursor: string;
  /** Deltas that were merged into the event, apart from the first. @default 0 */
  readonly merged?: number;
  readonly event: E;
}

/** Where a subscription puts its events. */
export interface EventSink<Step> {
  /** Called with each event as soon as it exists; an error that it throws ends the subscription. @default the events are yielded */
  receive?: ((step: Step) => void) | undefined;
}

export interface TrackedEventsOptions<Step> {
  /** Called before each event. If it throws, the subscription ends with that error instead of the event. */
  check?(): void;
  /**
   * Called if the log has forked: the steps after the last one that was sent. @throws StagewireError CURSOR_INVALID
   * @default the subscription ends
   */
  resume?(last: Step | undefined, lastKept: number): Promise<AsyncIterator<Step, void>>;
  /** Called with each event that is sent. */
  readonly onSent?: ((step: Step) => void) | undefined;
  /** Where the steps can be put instead. @default they can't */
  readonly sink?: EventSink<Step> | undefined;
}

/** The events of a subscription, for tRPC; and a faster way for a consumer that needs no promise for each event. */
export interface TrackedEvents<E> extends AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
  /**
   * Has each event passed to this function as soon as it exists, if the source of the events can do so: the iterator then has
   * only the end. To be called before the first `next`.
   */
  pushTo(receive: (cursor: string, event: E) => void): void;
}

/**
 * The events as tRPC expects them: all of them tracked, since a single untracked one would erase the client's
 * `lastEventId`. Calls `onEnd` at any end: completion, an error, or a disconnect, even before the first event,
 * when a generator's `finally` would not run.
 */
export function trackedEvents<E, Step extends Sequenced<E> = Sequenced<E>>(
  first: AsyncIterator<Step, void>,
  onEnd: () => void,
  options: TrackedEventsOptions<Step> = {},
): TrackedEvents<E> {
  return new Tracked(first, onEnd, options);
}

const ended: IteratorReturnResult<void> = { done: true, value: undefined };

/** A class, since each subscriber has one: an object takes a sixth of what as many closures take. */
class Tracked<E, Step extends Sequenced<E>> implements TrackedEvents<E> {
  #steps: AsyncIterator<Step, void>;
  readonly #onEnd: () => void;
  readonly #options: TrackedEventsOptions<Step>;
  #last: Step | undefined = undefined;

  constructor(first: AsyncIterator<Step, void>, onEnd: () => void, options: TrackedEventsOptions<Step>) {
    this.#steps = first;
    this.#onEnd = onEnd;
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Not async: it waits for most of the time, for each subscriber, and a suspended function takes memory. */
  next(): Promise<IteratorResult<TrackedEnvelope<E>, void>> {
    return this.#steps.next().then(
      (step) => this.#deliver(step),
      (error: unknown) => this.#fail(error),
    );
  }

  pushTo(receive: (cursor: string, event: E) => void): void {
    const { sink } = this.#options;
    if (sink === undefined) return;
    sink.receive = (step) => {
      this.#send(step);
      receive(step.cursor, step.event);
    };
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#onEnd();
    await this.#steps.return?.();
    return ended;
  }

  /** A step is to be sent. @throws what the check throws */
  #send(step: Step): void {
    this.#options.check?.();
    this.#last = step;
    this.#options.onSent?.(step);
  }

  #deliver(step: IteratorResult<Step, void>): IteratorResult<TrackedEnvelope<E>, void> | Promise<never> {
    if (step.done === true) {
      this.#onEnd();
      return ended;
    }
    const { value } = step;
    try {
      this.#send(value);
    } catch (error) {
      return this.#end(error);
    }
    return { done: false, value: tracked(value.cursor, value.event) };
  }

  async #fail(error: unknown): Promise<IteratorResult<TrackedEnvelope<E>, void>> {
    const options = this.#options;
    if (!(error instanceof LogForked) || options.resume === undefined) return this.#end(error);
    try {
      this.#steps = await options.resume(this.#last, error.lastKept);
    } catch (lost) {
      return this.#end(lost);
    }
    return this.next();
  }

  async #end(error: unknown): Promise<never> {
    this.#onEnd();
    await this.#steps.return?.();
    throw error;
  }
}
