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
  /**
   * Reports that a connection was accepted. Node.js accepts one in each turn, so after a long turn the deferred tasks wait
   * until no further one is queued, at most for `restMs`: otherwise a new connection, such as a health check, would wait for as
   * many long turns as there are connections before it.
   */
  accepted(): void;
}

export interface TurnBudgetOptions {
  readonly clock: Pick<Clock, 'elapsed' | 'turn'>;
  /** Total duration of the tasks in one turn, in milliseconds. @default 10 */
  readonly turnMs?: number;
  /**
   * Deferred tasks per turn, at most: their promise continuations run only after them. After a long turn it is one, and
   * twice as many after each short one. @default 8
   */
  readonly tasksPerTurn?: number;
  /** How long deferred tasks may wait for connections to be accepted, in milliseconds. @default 20 */
  readonly restMs?: number;
}

export function createTurnBudget({
  clock,
  turnMs = 10,
  tasksPerTurn = 8,
  restMs = 20,
}: TurnBudgetOptions): TurnBudget {
  const waiting = createFifoQueue<() => boolean | void>();
  let turnStartedMs: number | undefined;
  let tasksNow = tasksPerTurn;
  let hasAccepted = false;
  /** Since when the deferred tasks wait for connections to be accepted. */
  let restingSinceMs: number | undefined;

  function begin(): void {
    turnStartedMs = clock.elapsed();
    clock.turn(next);
  }

  function next(): void {
    const nowMs = clock.elapsed();
    // The work of tasks after their first promise shows only in the duration of the turn.
    const wasLong = nowMs - (turnStartedMs ?? nowMs) > turnMs;
    turnStartedMs = undefined;
    if (mustRest(nowMs, wasLong)) return begin();
    if (waiting.size === 0) return;
    begin();
    let left = tasksNow;
    while (left > 0) {
      const task = waiting.take();
      if (task === undefined) return;
      if (task() !== false) left -= 1;
      if (clock.elapsed() - nowMs > turnMs) return;
    }
  }

  function mustRest(nowMs: number, wasLong: boolean): boolean {
    const isAccepting = hasAccepted;
    hasAccepted = false;
    if (restingSinceMs === undefined) {
      tasksNow = wasLong ? 1 : Math.min(tasksPerTurn, tasksNow * 2);
      if (wasLong && isAccepting) restingSinceMs = nowMs;
    } else if (!isAccepting || nowMs - restingSinceMs >= restMs) {
      restingSinceMs = undefined;
    }
    return restingSinceMs !== undefined;
  }

  return {
    run(task) {
      const nowMs = clock.elapsed();
      if (turnStartedMs === undefined) begin();
      const hasTime = nowMs - (turnStartedMs ?? nowMs) < turnMs;
      const isFree = waiting.size === 0 && restingSinceMs === undefined && hasTime;
      if (isFree) task();
      else waiting.add(task);
      return !isFree;
    },
    accepted() {
      hasAccepted = true;
    },
  };
}
