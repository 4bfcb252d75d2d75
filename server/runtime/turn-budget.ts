import type { Clock } from './clock.ts';

/** Shares each turn of the event loop out to small tasks: what is too much for one turn is done in the next ones. */
export interface TurnBudget {
  /**
   * Runs the task now, or in a later turn, in the order of the calls.
   *
   * @param task Returns false if it found nothing to do: then another one may take its place in the turn.
   * @returns whether it was put off.
   */
  run(task: () => boolean | void): boolean;
}

export interface TurnBudgetOptions {
  readonly clock: Pick<Clock, 'elapsed' | 'turn'>;
  /** How long tasks may take together in one turn, in milliseconds. @default 10 */
  readonly turnMs?: number;
  /** Tasks that were put off and are done in one turn: what they start with promises goes on only after them. @default 8 */
  readonly tasksPerTurn?: number;
}

export function createTurnBudget({ clock, turnMs = 10, tasksPerTurn = 8 }: TurnBudgetOptions): TurnBudget {
  const waiting = createQueue<() => boolean | void>();
  let turnStartedMs: number | undefined;

  function begin(): void {
    turnStartedMs = clock.elapsed();
    clock.turn(next);
  }

  function next(): void {
    // What tasks do after their first promise is seen only by how long their turn has taken.
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

/** First in, first out. What was taken is not kept, also while there is always more. */
function createQueue<T>() {
  let items: T[] = [];
  let at = 0;
  return {
    get size() {
      return items.length - at;
    },
    add: (item: T) => void items.push(item),
    take(): T | undefined {
      const item = items[at];
      at += 1;
      // Half of it is over: copying the rest costs no more than taking it did.
      if (at * 2 >= items.length) {
        items = items.slice(at);
        at = 0;
      }
      return item;
    },
  };
}
