import { mergeDeltas } from '@stagewire/shared';
import type { EventOf } from '@stagewire/shared';
import type { TailBudget } from './tail-budget.ts';

type Delta = EventOf<'stage.delta'>;

/** The text of each run that waits to be sent to one follower of the feed, merged as it comes. */
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
  const waiting = new Map<string, Delta>();
  let chars = 0;

  function count(moreChars: number): void {
    chars += moreChars;
    room.add(moreChars * 2);
  }

  return {
    add(delta) {
      count(delta.text.length);
      const before = waiting.get(delta.runId);
      const merged = before === undefined ? delta : mergeDeltas(before, delta);
      if (merged?.type === 'stage.delta') {
        waiting.set(delta.runId, merged);
        return undefined;
      }
      waiting.set(delta.runId, delta);
      count(-(before?.text.length ?? 0));
      return before;
    },
    take() {
      for (const [runId, delta] of waiting) {
        waiting.delete(runId);
        count(-delta.text.length);
        return delta;
      }
      return undefined;
    },
    get isFull() {
      return chars >= (room.isFull ? Math.min(leastChars, maxChars) : maxChars);
    },
    close() {
      waiting.clear();
      count(-chars);
    },
  };
}
