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

/** What each follower may have waiting when all together have too much, in bytes: as much as a subscription is charged. */
const leastBytes = 8 * 1024;
/** About what a delta that waits takes beside its text: hundreds of runs may have a character each. */
const deltaBytes = 300;

/** @param room Shared by all followers: one alone is bounded by `maxChars`, and thousands of them would take gigabytes. */
export function createFeedMerge(room: TailBudget, maxChars: number): FeedMerge {
  const waiting = new Map<string, Delta>();
  let chars = 0;
  let countedBytes = 0;

  function count(moreChars: number): void {
    chars += moreChars;
    const bytes = chars * 2 + waiting.size * deltaBytes;
    room.add(bytes - countedBytes);
    countedBytes = bytes;
  }

  return {
    add(delta) {
      const before = waiting.get(delta.runId);
      const merged = before === undefined ? delta : mergeDeltas(before, delta);
      if (merged?.type === 'stage.delta') {
        waiting.set(delta.runId, merged);
        count(delta.text.length);
        return undefined;
      }
      waiting.set(delta.runId, delta);
      count(delta.text.length - (before?.text.length ?? 0));
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
      return chars >= maxChars || (room.isFull && countedBytes >= leastBytes);
    },
    close() {
      waiting.clear();
      count(-chars);
    },
  };
}
