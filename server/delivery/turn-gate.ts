import type { Clock } from '../runtime/clock.ts';
import { createFifoQueue } from '../runtime/fifo-queue.ts';

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
  const waiting = createFifoQueue<() => void>();
  let passed = 0;
  let isDue = false;

  function scheduleTurn(): void {
    if (isDue) return;
    isDue = true;
    clock.turn(() => {
      isDue = false;
      passed = Math.min(perTurn, waiting.size);
      if (passed > 0) scheduleTurn();
      for (let left = passed; left > 0; left -= 1) waiting.take()?.();
    });
  }

  return {
    pass() {
      scheduleTurn();
      if (waiting.size === 0 && passed < perTurn) {
        passed += 1;
        return undefined;
      }
      return new Promise((resolve) => waiting.add(resolve));
    },
  };
}
