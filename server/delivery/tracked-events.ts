import { tracked } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';

/** What a follower is given next. */
export interface Sequenced<E> {
  readonly cursor: string;
  readonly event: E;
}

/**
 * The follower's events as tRPC wants them: every one tracked, for a single untracked event would erase the client's
 * `lastEventId`. Calls `onEnd` however it ends: by itself, by an error, or because its reader left, before the first
 * event too, when a generator's `finally` would not run.
 */
export function trackedEvents<E>(
  steps: AsyncIterator<Sequenced<E>, void>,
  onEnd: () => void,
): AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const step = await steps.next();
        if (step.done !== true) return { done: false, value: tracked(step.value.cursor, step.value.event) };
        onEnd();
        return step;
      } catch (error) {
        onEnd();
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
