import { isDelta, isTransient } from '@stagewire/shared';
import type { RunEvent, StageDelta, StageReasoning } from '../generated/contract.ts';

export interface TrimOptions {
  /** The seq after which the subscriber resumes: 0 before a run's first event; `undefined` if it is not known. */
  readonly after: number | undefined;
  /** The feed omits events, so that its seqs have gaps. @default false */
  readonly gapsAllowed?: boolean;
}

/** The part of an event that is new to one subscriber of one run. */
export type Trimmed = RunEvent | 'seen' | 'gap';

/**
 * Removes what a subscriber has already received. After a take-over by another server the same deltas may be sent
 * again, coalesced in another way, which tRPC's own de-duplication by event id cannot detect: 178 of 1,588 were
 * delivered twice. Of an overlapping event the new part is kept: the text after the end of the received text, with a
 * higher `firstSeq`.
 */
export function createTrimmer({ after, gapsAllowed = false }: TrimOptions): (event: RunEvent) => Trimmed {
  let lastSeq = after;
  const received = new Map<
    string,
    { readonly stage: number; readonly attempt: number; readonly end: number }
  >();

  const withoutReceived = <D extends StageDelta | StageReasoning>(delta: D): D => {
    const known = received.get(delta.type);
    if (known?.stage !== delta.stage || known.attempt !== delta.attempt) return delta;
    const cut = Math.min(Math.max(known.end - delta.offset, 0), delta.text.length);
    return { ...delta, offset: delta.offset + cut, text: delta.text.slice(cut) };
  };

  return (event) => {
    if (isTransient(event)) return event;
    const first = event.firstSeq ?? event.seq;
    if (lastSeq !== undefined && event.seq <= lastSeq) return 'seen';
    if (lastSeq !== undefined && first > lastSeq + 1 && !gapsAllowed) return 'gap';
    const overlaps = lastSeq !== undefined && first <= lastSeq;
    const newPart = overlaps && isDelta(event) ? withoutReceived(event) : event;
    const trimmed = overlaps ? withFirstSeq(newPart, (lastSeq ?? 0) + 1) : newPart;
    lastSeq = event.seq;
    if (isDelta(event)) {
      const { type, stage, attempt, offset, text } = event;
      received.set(type, { stage, attempt, end: offset + text.length });
    }
    return trimmed;
  };
}

function withFirstSeq<E extends RunEvent>(event: E, firstSeq: number): E {
  const { firstSeq: _before, ...rest } = event;
  return (firstSeq === event.seq ? rest : { ...rest, firstSeq }) as E;
}
