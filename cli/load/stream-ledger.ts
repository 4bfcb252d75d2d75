import { isDelta, isEnding, isTerminal, isTransient, type RunEvent } from '@stagewire/shared';

/** What is wrong with one event, seen in the order of its subscription. */
export interface Finding {
  /** Events that should have come before it. */
  readonly lost: number;
  /** Events it stands for that had come already. */
  readonly duplicated: number;
  /** It comes after the run's end, or is text of an attempt that had ended. */
  readonly afterEnd: boolean;
}

/** The book of one subscription to `runs.events`: `firstSeq ?? seq` must always be the last seq + 1. */
export interface StreamLedger {
  enter(event: RunEvent): Finding;
  readonly lastSeq: number;
}

/** @param after the seq of the cursor that the subscription was opened with, 0 without one. */
export function createStreamLedger(after: number): StreamLedger {
  let lastSeq = after;
  let runEnded = false;
  const endedAttempts = new Set<string>();
  return {
    get lastSeq() {
      return lastSeq;
    },
    enter(event) {
      if (isTransient(event)) return { lost: 0, duplicated: 0, afterEnd: runEnded };
      const first = event.firstSeq ?? event.seq;
      const finding = {
        lost: Math.max(0, first - lastSeq - 1),
        duplicated: Math.max(0, Math.min(lastSeq, event.seq) - first + 1),
        afterEnd: runEnded || (isDelta(event) && endedAttempts.has(`${event.stage}.${event.attempt}`)),
      };
      lastSeq = Math.max(lastSeq, event.seq);
      runEnded ||= isTerminal(event);
      if (isEnding(event)) endedAttempts.add(`${event.stage}.${event.attempt}`);
      return finding;
    },
  };
}
