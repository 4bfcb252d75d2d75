import type { Clock } from './clock.ts';
import { createFifoQueue } from './fifo-queue.ts';

/**
 * Distributes small tasks over the turns of the event loop: work that exceeds one turn is deferred to the next ones.
 */
export interface TurnBudget {
  /**
   * Runs the task now, or in a later turn, in the order of the calls.
   *
   * @param task Returns false if there was nothing to do: another one may then use its slot in the turn.
   * @returns whether it was deferred.
   */
  run(task: () => boolean | void): boolean;
}

export interface TurnBudgetOptions {
  readonly clock: Pick<Clock, 'elapsed' | 'turn'>;
  /** Total duration of the tasks in one turn, in milliseconds. @default 10 */
  readonly turnMs?: number;
  /** Deferred tasks per turn: their promise continuations run only after them. @default 8 */
  readonly tasksPerTurn?: number;
}

export function createTurnBudget({ clock, turnMs = 10, tasksPerTurn = 8 }: TurnBudgetOptions): TurnBudget {
  const waiting = createFifoQueue<() => boolean | void>();
  let turnStartedMs: number | undefined;

  function begin(): void {
    turnStartedMs = clock.elapsed();
    clock.turn(next);
  }

  function next(): void {
    // The work of tasks after their first promise shows only in the duration of the turn.
    const wasLong = clock.elapsed() - (turnStartedMs ?? 0) > turnMs;
    turnStartedMs = undefined;
    if (waiting.size === 0) return;
    begin();
    let left = wasLong ? 1 : tasksPerTurn;
    while (left > 0) {
      const task = waiting.take();
      if (task === undefined) return;
      if (task() !== false) left -= 1;
    }
  }

  return {
    run(task) {
      const nowMs = clock.elapsed();
      if (turnStartedMs === undefined) begin();
      const isFree = waiting.size === 0 && nowMs - (turnStartedMs ?? nowMs) < turnMs;
      if (isFree) task();
      else waiting.add(task);
      return !isFree;
    },
  };
}
