import { tracked } from '@trpc/server';
import type { TrackedEnvelope } from '@trpc/server';
import type { Connection } from './context.ts';

/** What a follower is given next. */
export interface CursoredEvent<E> {
  readonly cursor: string;
  readonly event: E;
}

/**
 * The follower's events as tRPC wants them: every one tracked, for a single untracked event would erase the client's
 * `lastEventId`. Calls `onEnd` however it ends: by itself, by an error, or because its reader left, before the first
 * event too, when a generator's `finally` would not run.
 *
 * With a `shortcut` only the first event goes through tRPC, whose loop costs each event some twenty promises; the
 * others are sent while its `next` waits for the end. The pace is kept by the steps themselves.
 */
export function trackedSteps<E>(
  steps: AsyncIterator<CursoredEvent<E>, void>,
  onEnd: () => void,
  shortcut?: Connection['shortcut'],
): AsyncIterableIterator<TrackedEnvelope<E>, void, unknown> {
  let hasEnded = false;
  let send: ((cursor: string, event: object) => boolean) | undefined;

  function end(): void {
    hasEnded = true;
    onEnd();
  }

  async function next(): Promise<IteratorResult<TrackedEnvelope<E>, void>> {
    try {
      for (;;) {
        const step = await steps.next();
        if (step.done === true) {
          end();
          return step;
        }
        const { cursor, event } = step.value;
        // Behind the answer that it has stopped, a subscription says nothing.
        if (hasEnded || send?.(cursor, event as object) === true) continue;
        if (send !== undefined || shortcut === undefined)
          return { done: false, value: tracked(cursor, event) };
        // An object of its own: the event itself is shared by all who follow the run.
        const first = { ...event };
        send = shortcut(first as object);
        return { done: false, value: tracked(cursor, first) };
      }
    } catch (error) {
      end();
      throw error;
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next,
    async return() {
      end();
      await steps.return?.();
      return { done: true, value: undefined };
    },
  };
}
