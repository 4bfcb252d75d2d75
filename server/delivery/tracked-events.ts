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

  /** @throws StagewireError CURSOR_INVALID if events that were sent are lost */
  async function nextStep(): Promise<IteratorResult<Step, void>> {
    for (;;) {
      try {
        return await steps.next();
      } catch (error) {
        if (!(error instanceof LogForked) || resume === undefined) throw error;
        steps = await resume(last, error.lastKept);
      }
    }
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const step = await nextStep();
        if (step.done !== true) {
          check?.();
          last = step.value;
          onSent?.(step.value);
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
