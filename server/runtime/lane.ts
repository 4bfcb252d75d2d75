import type { Clock } from './clock.ts';
import { nextTurn } from './wait.ts';

/** Does one task after the other, with a turn of the event loop behind each that took long. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * @param options.turnAfterMs A task that takes less is followed by the next one at once, in milliseconds. @default 0
 *
 * Turns alone are not enough: what a thousand callers have put off to the next turn is all done in that one, and holds
 * the event loop for all of them together.
 */
export function createLane(clock: Clock, options: { readonly turnAfterMs?: number } = {}): Lane {
  const { turnAfterMs = 0 } = options;
  let free: Promise<void> = Promise.resolve();
  return (task) => {
    let startedMs = 0;
    const result = free.then(() => {
      startedMs = clock.elapsed();
      return task();
    });
    const turn = () => (clock.elapsed() - startedMs < turnAfterMs ? undefined : nextTurn(clock));
    free = result.then(turn, turn);
    return result;
  };
}
