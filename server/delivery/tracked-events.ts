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
}

/**
 * The events as tRPC expects them: all of them tracked, since a single untracked one would erase the client's
 * `lastEventId`. Calls `onEnd` at any end: completion, an error, or a disconnect, even before the first event,
 * when a generator's `finally` would not run.
 */
export function trackedEvents<E, Step extends Sequenced<E> = Sequenced<E>>(
  first: AsyncIterator<Step, void>,
  onEnd: () => void,
  { check, onSent, resume }: TrackedEventsOptions<Step> = {},
): AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
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
      check?.();
      last = value;
      onSent?.(value);
    } catch (error) {
      return end(error);
    }
    return { done: false, value: tracked(value.cursor, value.event) };
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
    // Not async: it waits for most of the time, for each subscriber, and a suspended function takes memory.
    next,
    async return() {
      onEnd();
      await steps.return?.();
      return ended;
    },
  };
}
