import type { Clock } from './clock.ts';
import { nextTurn } from './wait.ts';

/** Does few tasks at a time, by default one after the other, with a turn of the event loop behind each that took long. */
export type Lane = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * @param options.turnAfterMs A task that takes less is followed by the next one at once, in milliseconds. @default 0
 * @param options.width Tasks under way at the same time: more than one where a task mostly waits for a network. @default 1
 *
 * Turns alone are not enough: what a thousand callers have put off to the next turn is all done in that one, and holds
 * the event loop for all of them together.
 */
export function createLane(
  clock: Clock,
  options: { readonly turnAfterMs?: number; readonly width?: number } = {},
): Lane {
  const { turnAfterMs = 0, width = 1 } = options;
  /** When each track is free; tasks are dealt to them in rotation. */
  const tracks: Promise<void>[] = Array.from({ length: width }, () => Promise.resolve());
  let next = 0;
  return (task) => {
    const track = next;
    next = (next + 1) % width;
    let startedMs = 0;
    const result = (tracks[track] ?? Promise.resolve()).then(() => {
      startedMs = clock.elapsed();
      return task();
    });
    const turn = () => (clock.elapsed() - startedMs < turnAfterMs ? undefined : nextTurn(clock));
    tracks[track] = result.then(turn, turn);
    return result;
  };
}
