import { isDelta, isEnding, isTerminal, isTransient } from '../event-kinds.ts';
import type { RunEvent } from '../events.ts';
import { isLinkEvent } from '../link-kinds.ts';

/** Violations by one event in the order of its subscription; each is 0 or `false` if there is none. */
export interface SequenceViolation {
  /** Number of missing events before it. */
  readonly lost: number;
  /** Number of events it covers that were received before. */
  readonly duplicated: number;
  /** It follows the end of the run and is not about a link to it, or is text of an attempt that had ended. */
  readonly afterEnd: boolean;
  /** It is transient, and its seq is not that of the previous event. */
  readonly misplaced: boolean;
}

/** The events of one subscription to `runs.events`: `firstSeq ?? seq` must always be the last seq + 1 (D7). */
export interface EventSequence {
  enter(event: RunEvent): SequenceViolation;
  readonly lastSeq: number;
}

/** @param after the seq of the cursor that the subscription was opened with, 0 without one. */
export function createEventSequence(after: number): EventSequence {
  let lastSeq = after;
  let runEnded = false;
  const endedAttempts = new Set<string>();
  return {
    get lastSeq() {
      return lastSeq;
    },
    enter(event) {
      if (isTransient(event)) {
        return { lost: 0, duplicated: 0, afterEnd: runEnded, misplaced: event.seq !== lastSeq };
      }
      const first = event.firstSeq ?? event.seq;
      const violation = {
        lost: Math.max(0, first - lastSeq - 1),
        duplicated: Math.max(0, Math.min(lastSeq, event.seq) - first + 1),
        afterEnd:
          (runEnded && !isLinkEvent(event)) ||
          (isDelta(event) && endedAttempts.has(`${event.stage}.${event.attempt}`)),
        misplaced: false,
      };
      lastSeq = Math.max(lastSeq, event.seq);
      runEnded ||= isTerminal(event);
      if (isEnding(event)) endedAttempts.add(`${event.stage}.${event.attempt}`);
      return violation;
    },
  };
}

/** The violations in the sequence of these events after seq `after`, one sentence each. */
export function sequenceProblems(events: readonly RunEvent[], after = 0): readonly string[] {
  const sequence = createEventSequence(after);
  return events.flatMap((event) => {
    const last = sequence.lastSeq;
    return describeViolation(event, last, sequence.enter(event));
  });
}

/** One sentence for each violation. @param last The seq before the event. */
export function describeViolation(
  event: RunEvent,
  last: number,
  violation: SequenceViolation,
): readonly string[] {
  const { lost, duplicated, afterEnd, misplaced } = violation;
  const where = `${event.type} at seq ${event.seq}`;
  const from = event.firstSeq ?? event.seq;
  return [
    ...(lost > 0 ? [`${where} leaves out ${lost}: after ${last} it begins with ${from}`] : []),
    ...(duplicated > 0 ? [`${where} comes again: after ${last} it begins with ${from}`] : []),
    ...(afterEnd ? [`${where} comes after the end`] : []),
    ...(misplaced ? [`${where} is transient, and the last one sent was ${last}`] : []),
  ];
}
