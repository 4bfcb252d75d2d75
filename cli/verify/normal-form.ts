import { isTransient, mergeDeltas, type RunEvent } from '@stagewire/shared';

/**
 * Durable events with all neighbouring deltas merged and `firstSeq` left out: two followers of one run have the same
 * normal form, wherever the server merged for the one and for the other.
 */
export function normalForm(events: readonly RunEvent[]): readonly RunEvent[] {
  const merged: RunEvent[] = [];
  for (const event of events) {
    if (isTransient(event)) continue;
    const last = merged.at(-1);
    const both = last === undefined ? undefined : mergeDeltas(last, event);
    if (both !== undefined) merged.pop();
    const { firstSeq: _wireOnly, ...rest } = both ?? event;
    merged.push(rest);
  }
  return merged;
}
