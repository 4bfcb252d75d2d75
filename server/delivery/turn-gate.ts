import type { Clock } from '../runtime/clock.ts';

/** Admits a limited number of callers per turn of the event loop; the others in the next ones, in order. */
export interface TurnGate {
  /** `undefined` if admitted in this turn; otherwise resolves in a later turn. */
  pass(): Promise<void> | undefined;
}

/**
 * A commit wakes thousands of subscribers at once, and all of their sends run before anything else in the event loop: two
 * thousand blocked it for 300 ms.
 */
export function createTurnGate(clock: Pick<Clock, 'turn'>, perTurn: number): TurnGate {
  let waiting: (() => void)[] = [];
  let passed = 0;
  let isDue = false;

  function scheduleTurn(): void {
    if (isDue) return;
    isDue = true;
    clock.turn(() => {
      isDue = false;
      const next = waiting.slice(0, perTurn);
      waiting = waiting.slice(next.length);
      passed = next.length;
      if (passed > 0) scheduleTurn();
      for (const pass of next) pass();
    });
  }

  return {
    pass() {
      scheduleTurn();
      if (waiting.length === 0 && passed < perTurn) {
        passed += 1;
        return undefined;
      }
      return new Promise((resolve) => void waiting.push(resolve));
    },
  };
}
