import { tracked } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';

/** The next event of a subscription. */
export interface Sequenced<E> {
  readonly cursor: string;
  readonly event: E;
}

/**
 * The events as tRPC expects them: all of them tracked, since a single untracked one would erase the client's
 * `lastEventId`. Calls `onEnd` at any end: completion, an error, or a disconnect, even before the first event,
 * when a generator's `finally` would not run.
 *
 * @param check Called before each event. If it throws, the subscription ends with that error instead of the event.
 */
export function trackedEvents<E>(
  steps: AsyncIterator<Sequenced<E>, void>,
  onEnd: () => void,
  check = () => {},
): AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const step = await steps.next();
        if (step.done !== true) {
          check();
          return { done: false, value: tracked(step.value.cursor, step.value.event) };
        }
        onEnd();
        return step;
      } catch (error) {
        onEnd();
        await steps.return?.();
        throw error;
      }
    },
    async return() {
      onEnd();
      await steps.return?.();
      return { done: true, value: undefined };
    },
  };
}
