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
  receive?: (step: Step) => void;
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

/** The events of a subscription, for tRPC; and a faster way for who needs no promise for each event. */
export interface TrackedEvents<E> extends AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
  /**
   * Has each event passed to this function as soon as it exists: the iterator then has only the end. Absent if the source of
   * the events cannot do so. To be called before the first `next`.
   */
  pushTo?(receive: (cursor: string, event: E) => void): void;
}

/**
 * The events as tRPC expects them: all of them tracked, since a single untracked one would erase the client's
 * `lastEventId`. Calls `onEnd` at any end: completion, an error, or a disconnect, even before the first event,
 * when a generator's `finally` would not run.
 */
export function trackedEvents<E, Step extends Sequenced<E> = Sequenced<E>>(
  first: AsyncIterator<Step, void>,
  onEnd: () => void,
  { check, onSent, resume, sink }: TrackedEventsOptions<Step> = {},
): TrackedEvents<E> {
  let steps = first;
  let last: Step | undefined;
  const ended: IteratorResult<TrackedEnvelope<E>, void> = { done: true, value: undefined };

  const next = () => steps.next().then(deliver, fail);

  function deliver(
    step: IteratorResult<Step, void>,
  ): IteratorResult<TrackedEnvelope<E>, void> | Promise<never> {
    if (step.done === true) {
      onEnd();
      return ended;
    }
    const { value } = step;
    try {
      send(value);
    } catch (error) {
      return end(error);
    }
    return { done: false, value: tracked(value.cursor, value.event) };
  }

  function send(step: Step): void {
    check?.();
    last = step;
    onSent?.(step);
  }

  async function fail(error: unknown): Promise<IteratorResult<TrackedEnvelope<E>, void>> {
    if (!(error instanceof LogForked) || resume === undefined) return end(error);
    try {
      steps = await resume(last, error.lastKept);
    } catch (lost) {
      return end(lost);
    }
    return next();
  }

  async function end(error: unknown): Promise<never> {
    onEnd();
    await steps.return?.();
    throw error;
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    ...(sink && {
      pushTo(receive) {
        sink.receive = (step) => {
          send(step);
          receive(step.cursor, step.event);
        };
      },
    }),
    // Not async: it waits for most of the time, for each subscriber, and a suspended function takes memory.
    next,
    async return() {
      onEnd();
      await steps.return?.();
      return ended;
    },
  };
}
