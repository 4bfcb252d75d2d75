import type { Clock } from './clock.ts';
import { nextTurn } from './wait.ts';

/** Runs tasks one at a time, in the order in which they were posted. */
export interface SerialQueue {
  /** Resolves or rejects like the task. A failed task does not prevent the next one. */
  post<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Resolves when every task posted so far is done. */
  idle(): Promise<void>;
}

export interface SerialQueueOptions {
  /**
   * Yields to the event loop after each task. Separate turns alone are not enough: a thousand callers that
   * defer to the next turn all run in that one and block the event loop together. @default no yields
   */
  readonly turnOf?: Clock;
  /** After a task shorter than this the next one follows without a yield, in milliseconds. @default 0 */
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
