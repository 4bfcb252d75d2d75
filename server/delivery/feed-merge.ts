import { mergeDeltas } from '@stagewire/shared';
import type { EventOf } from '@stagewire/shared';

type Delta = EventOf<'stage.delta'>;

/** The text of each run that waits to be sent to one follower of the feed, merged as it comes. */
export interface FeedMerge {
  /** Takes a delta; gives back what must be sent first because the two cannot be one. */
  add(delta: Delta): Delta | undefined;
  /** All that waits, in the order in which the runs began to wait; empties it. */
  takeAll(): readonly Delta[];
  /** UTF-16 units of text that wait. */
  readonly chars: number;
}

export function createFeedMerge(): FeedMerge {
  const waiting = new Map<string, Delta>();
  let chars = 0;
  return {
    add(delta) {
      chars += delta.text.length;
      const before = waiting.get(delta.runId);
      const merged = before === undefined ? delta : mergeDeltas(before, delta);
      if (merged?.type === 'stage.delta') {
        waiting.set(delta.runId, merged);
        return undefined;
      }
      waiting.set(delta.runId, delta);
      chars -= before?.text.length ?? 0;
      return before;
    },
    takeAll() {
      const all = [...waiting.values()];
      waiting.clear();
      chars = 0;
      return all;
    },
    get chars() {
      return chars;
    },
  };
}
