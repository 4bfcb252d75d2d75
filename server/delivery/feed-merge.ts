import { mergeDeltas } from '@stagewire/shared';
import type { EventOf } from '@stagewire/shared';
import type { TailBudget } from './tail-budget.ts';

type Delta = EventOf<'stage.delta'>;

/** The unsent text of each run for one feed subscriber, coalesced as it arrives. */
export interface FeedMerge {
  /** Takes a delta; gives back what must be sent first because the two cannot be one. */
  add(delta: Delta): Delta | undefined;
  /** What waits of the run that began to wait first; it waits no more. `undefined` if nothing waits. */
  take(): Delta | undefined;
  /** Does so much wait that it should be sent now? */
  readonly isFull: boolean;
  /** Forgets what waits. */
  close(): void;
}

/** What each follower may have waiting when all together have too much, in UTF-16 units: less than a subscription is charged. */
const leastChars = 1024;

/** @param room Shared by all followers: one alone is bounded by `maxChars`, and thousands of them would take gigabytes. */
export function createFeedMerge(room: TailBudget, maxChars: number): FeedMerge {
  const pending = new Map<string, Delta>();
  let chars = 0;

  function count(moreChars: number): void {
    chars += moreChars;
    room.add(moreChars * 2);
  }

  return {
    add(delta) {
      count(delta.text.length);
      const before = pending.get(delta.runId);
      const merged = before === undefined ? delta : mergeDeltas(before, delta);
      if (merged?.type === 'stage.delta') {
        pending.set(delta.runId, merged);
        return undefined;
      }
      pending.set(delta.runId, delta);
      count(-(before?.text.length ?? 0));
      return before;
    },
    take() {
      for (const [runId, delta] of pending) {
        pending.delete(runId);
        count(-delta.text.length);
        return delta;
      }
      return undefined;
    },
    get isFull() {
      return chars >= (room.isFull ? Math.min(leastChars, maxChars) : maxChars);
    },
    close() {
      pending.clear();
      count(-chars);
    },
  };
}
