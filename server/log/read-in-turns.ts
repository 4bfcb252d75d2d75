import type { Clock } from '../runtime/clock.ts';
import { createTurnBudget } from '../runtime/turn-budget.ts';
import type { EventLog } from './event-log.ts';

/** A page of long texts takes some 15 ms: beyond this, in milliseconds, the next one is read in another turn. */
const turnMs = 5;

/**
 * The log, whose pages are read in turns of the event loop of their own. A turn between the pages of one reader is not
 * enough: what twenty readers have put off to the next turn is all done in that one.
 */
export function readInTurns(log: EventLog, clock: Clock): EventLog {
  const turns = createTurnBudget({ clock, turnMs, tasksPerTurn: 1 });
  return {
    ...log,
    read: (runId, page) =>
      new Promise((resolve, reject) => {
        turns.run(() => void log.read(runId, page).then(resolve, reject));
      }),
  };
}
