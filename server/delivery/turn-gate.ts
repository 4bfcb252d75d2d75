import type { Clock } from '../runtime/clock.ts';

/** Lets so many pass in one turn of the event loop; the others pass in the next ones, in the order in which they came. */
export interface TurnGate {
  /** `undefined` if there is room in this turn; else resolves in the turn in which there is. */
  pass(): Promise<void> | undefined;
}

/**
 * A commit wakes thousands of followers at once, and what each of them sends is done before the event loop goes on to
 * anything else: two thousand held it for 300 ms.
 */
export function createTurnGate(clock: Pick<Clock, 'turn'>, perTurn: number): TurnGate {
  let waiting: (() => void)[] = [];
  let passed = 0;
  let isDue = false;

  function openAgain(): void {
    if (isDue) return;
    isDue = true;
    clock.turn(() => {
      isDue = false;
      const next = waiting.slice(0, perTurn);
      waiting = waiting.slice(next.length);
      passed = next.length;
      if (passed > 0) openAgain();
      for (const pass of next) pass();
    });
  }

  return {
    pass() {
      openAgain();
      if (waiting.length === 0 && passed < perTurn) {
        passed += 1;
        return undefined;
      }
      return new Promise((resolve) => void waiting.push(resolve));
    },
  };
}
