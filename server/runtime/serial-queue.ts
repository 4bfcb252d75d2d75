import type { Clock } from './clock.ts';
import { nextTurn } from './wait.ts';

/** Runs tasks one at a time, in the order in which they were posted. */
export interface SerialQueue {
  /** Resolves or rejects as the task does, when its turn has come. A task that fails does not keep the next from running. */
  post<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Resolves when every task posted so far is done. */
  idle(): Promise<void>;
}

export interface SerialQueueOptions {
  /**
   * Gives the event loop a turn after each task. Turns alone are not enough: what a thousand callers have put off to
   * the next turn is all done in that one, and holds the event loop for all of them together. Default: no turns.
   */
  readonly turnOf?: Clock;
  /** A task that takes less is followed by the next one at once, in milliseconds. @default 0 */
  readonly turnAfterMs?: number;
}

export function createSerialQueue({ turnOf, turnAfterMs = 0 }: SerialQueueOptions = {}): SerialQueue {
  let last: Promise<void> = Promise.resolve();
  return {
    post(task) {
      let startedMs = 0;
      const result = last.then(() => {
        startedMs = turnOf?.elapsed() ?? 0;
        return task();
      });
      const turn = () => {
        const isDue = turnOf !== undefined && turnOf.elapsed() - startedMs >= turnAfterMs;
        return isDue ? nextTurn(turnOf) : undefined;
      };
      last = result.then(turn, turn);
      return result;
    },
    async idle() {
      await last;
    },
  };
}
