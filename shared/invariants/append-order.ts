import { isEnding, isTerminal } from '../event-kinds.ts';
import type { EventOf, RunEvent } from '../events.ts';
import { isCopy } from './copy-invariants.ts';
import type { RunInvariant } from './run-invariant.ts';

/** The events that end an attempt are in the order of A1, without other events between them. */
export const appendOrder: RunInvariant = (events) => {
  const kinds = kindsOf(events);
  return events.flatMap((event, index) => {
    if (isCopy(event)) return [];
    const problem = isEnding(event) ? afterProblem(events, index, kinds) : beforeProblem(events, index);
    return problem === undefined ? [] : [`at ${event.type}, seq ${event.seq}: ${problem}`];
  });
};

type ResultEvent = EventOf<'artifact.recorded' | 'artifact.removed' | 'artifact.skipped' | 'review.recorded'>;

/** The files of a text directly precede its ending, or that of a later attempt of its stage (T9). */
function beforeProblem(events: readonly RunEvent[], index: number): string | undefined {
  const event = events[index];
  if (event === undefined || !isResult(event)) return undefined;
  const next = events[index + 1];
  if (next !== undefined && isResult(next)) {
    return event.type === 'review.recorded' ? 'it stands before an artifact' : undefined;
  }
  // If the stage of a reviewer is cancelled in backoff, its ending came before (C14).
  if (event.type === 'review.recorded' && next?.type === 'command.applied') return undefined;
  const isOfStage =
    next !== undefined && isEnding(next) && next.stage === event.stage && next.attempt >= event.attempt;
  return isOfStage ? undefined : 'it does not stand directly before the ending of its attempt';
}

function isResult(event: RunEvent): event is ResultEvent {
  return (
    event.type === 'artifact.recorded' ||
    event.type === 'artifact.removed' ||
    event.type === 'artifact.skipped' ||
    event.type === 'review.recorded'
  );
}

/** 4 applied cancel or redirect, 5 dropped, 6 planned, 7 the next start with its steers, or the end of the run. */
function afterProblem(
  events: readonly RunEvent[],
  index: number,
  kinds: ReadonlyMap<string, string>,
): string | undefined {
  const ending = events[index];
  let at = index + 1;
  const skip = (fits: (event: RunEvent) => boolean) => {
    for (let event = events[at]; event !== undefined && fits(event); event = events[at]) at += 1;
  };
  skip((event) => event.type === 'command.applied' && kinds.get(event.commandId) !== 'steer');
  skip((event) => event.type === 'command.dropped');
  skip((event) => event.type === 'run.planned');
  const next = events[at];
  if (ending?.type === 'stage.failed' && (ending.retryInMs ?? 0) > 0) return undefined;
  if (next === undefined) return 'nothing comes after it';
  if (next.type === 'stage.started' || isTerminal(next)) return undefined;
  return `${next.type} stands between it and the next start or the run’s end`;
}

function kindsOf(events: readonly RunEvent[]): ReadonlyMap<string, string> {
  return new Map(
    events.flatMap((event) =>
      event.type === 'command.accepted' ? [[event.commandId, event.command.kind] as const] : [],
    ),
  );
}
