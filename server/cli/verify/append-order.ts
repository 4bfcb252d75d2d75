import { isEnding, isTerminal, type RunEvent } from '@stagewire/shared';
import type { RunLaw } from './run-laws.ts';

/** What an attempt's end causes comes in the order of A1, with nothing in between. */
export const appendOrder: RunLaw = (events) => {
  const kinds = kindsOf(events);
  return events.flatMap((event, index) => {
    if (!isEnding(event)) return [];
    const before = beforeProblem(events, index);
    const after = afterProblem(events, index, kinds);
    return [before, after].flatMap((problem) =>
      problem === undefined ? [] : [`at ${event.type}, seq ${event.seq}: ${problem}`],
    );
  });
};

const ownTypes: ReadonlySet<string> = new Set([
  'artifact.recorded',
  'artifact.removed',
  'artifact.skipped',
  'review.recorded',
]);

/** The artifacts and the review of an attempt stand directly before its ending. */
function beforeProblem(events: readonly RunEvent[], index: number): string | undefined {
  const ending = events[index];
  if (ending === undefined || !('attempt' in ending) || !('stage' in ending)) return undefined;
  const own = (event: RunEvent) =>
    ownTypes.has(event.type) &&
    'attempt' in event &&
    event.stage === ending.stage &&
    event.attempt === ending.attempt;
  const count = events.filter(own).length;
  const directly = events.slice(index - count, index);
  if (directly.some((event) => !own(event)))
    return 'its artifacts and review do not stand directly before it';
  const review = directly.findIndex(({ type }) => type === 'review.recorded');
  return review === -1 || review === count - 1 ? undefined : 'an artifact stands behind the review';
}

/** 4 applied cancel or redirect, 5 dropped, 6 planned, 7 the next start with its steers, or the end. */
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
