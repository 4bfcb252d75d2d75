import { isDelta } from './event-kinds.ts';
import type { EventOf } from './events.ts';

type Delta = EventOf<'stage.delta' | 'stage.reasoning'>;

/** Does the second delta begin where the first ends, in the same type of text of the same attempt? */
export function continuesDelta(
  first: Pick<Delta, 'type' | 'stage' | 'attempt' | 'offset' | 'text'>,
  second: Pick<Delta, 'type' | 'stage' | 'attempt' | 'offset'>,
): boolean {
  return (
    first.type === second.type &&
    first.stage === second.stage &&
    first.attempt === second.attempt &&
    first.offset + first.text.length === second.offset
  );
}

/**
 * Two neighbouring deltas of the same type and attempt as one: the first's offset, both texts, the second's seq and
 * instant. `undefined` if they cannot be merged. `firstSeq` is the first seq of the merged event, so that a subscriber
 * sees no gap.
 */
export function mergeDeltas(
  first: { readonly type: string },
  second: { readonly type: string },
): Delta | undefined {
  if (!isDelta(first) || !isDelta(second)) return undefined;
  if (first.runId !== second.runId || !continuesDelta(first, second)) return undefined;
  return {
    ...second,
    offset: first.offset,
    text: first.text + second.text,
    firstSeq: first.firstSeq ?? first.seq,
  };
}
