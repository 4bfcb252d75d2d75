import type { Clock } from './clock.ts';
import { nextTurn } from './wait.ts';

/** Does one task after the other, each in a turn of the event loop of its own. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Turns alone are not enough: what a thousand callers have put off to the next turn is all done in that one, and holds
 * the event loop for all of them together.
 */
export function createLane(clock: Clock): Lane {
  let free: Promise<void> = Promise.resolve();
  return (task) => {
    const result = free.then(task);
    const turn = () => nextTurn(clock);
    free = result.then(turn, turn);
    return result;
  };
}
