import { isTransient, mergeDeltas, type RunEvent } from '@stagewire/shared';

/**
 * Durable events with all neighbouring deltas merged and `firstSeq` removed: two subscribers of one run have the same
 * normal form, however the server coalesced events for each.
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
