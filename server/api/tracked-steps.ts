import { tracked } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';

/** What a follower is given next. */
export interface CursoredEvent<E> {
  readonly cursor: string;
  readonly event: E;
}

/**
 * The follower's events as tRPC wants them: every one tracked, for a single untracked event would erase the client's
 * `lastEventId`. Calls `onEnd` once, however it ends: by itself, by an error, or by its reader leaving, which tRPC
 * tells by `signal` alone if nothing was read yet.
 */
export function trackedSteps<E>(
  steps: AsyncIterator<CursoredEvent<E>, void>,
  signal: AbortSignal,
  onEnd: () => void,
): AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
  const end = () => {
    signal.removeEventListener('abort', end);
    onEnd();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });

  // By hand, not by a generator around the other: that would cost every event of every follower two more promises.
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () =>
      steps.next().then(
        (step): IteratorResult<TrackedEnvelope<E>, void> => {
          if (step.done !== true) return { done: false, value: tracked(step.value.cursor, step.value.event) };
          end();
          return step;
        },
        (error: unknown) => {
          end();
          throw error;
        },
      ),
    async return() {
      await steps.return?.();
      end();
      return { done: true, value: undefined };
    },
  };
}
