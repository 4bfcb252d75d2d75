import type { Clock } from '../runtime/clock.ts';
import { createFifoQueue } from '../runtime/fifo-queue.ts';

/** Admits a limited number of callers per turn of the event loop; the others in the next ones, in order. */
export interface TurnGate {
  /** `undefined` if admitted in this turn; otherwise resolves in a later turn. */
  pass(): Promise<void> | undefined;
}

export interface TurnGateOptions {
  /** Callers per turn, however short it is. */
  readonly perTurn: number;
  /** Callers per millisecond that the turn before has taken, if these are more. */
  readonly perMs: number;
  /** Callers per turn, however long the one before was. */
  readonly mostPerTurn: number;
}

/**
 * A commit wakes thousands of subscribers at once, and all of their sends run before anything else in the event loop: two
 * thousand blocked it for 300 ms. Where turns are long because of other work, more callers are admitted in each: with a fixed
 * number, the feed would be the later the busier the server is.
 */
export function createTurnGate(
  clock: Pick<Clock, 'turn' | 'elapsed'>,
  { perTurn, perMs, mostPerTurn }: TurnGateOptions,
): TurnGate {
  const waiting = createFifoQueue<() => void>();
  let quota = perTurn;
  let passed = 0;
  let isDue = false;

  function scheduleTurn(): void {
    if (isDue) return;
    isDue = true;
    const sinceMs = clock.elapsed();
    clock.turn(() => {
      isDue = false;
      quota = Math.max(perTurn, Math.min(mostPerTurn, (clock.elapsed() - sinceMs) * perMs));
      passed = Math.min(Math.floor(quota), waiting.size);
      if (passed > 0) scheduleTurn();
      for (let left = passed; left > 0; left -= 1) waiting.take()?.();
    });
  }

  return {
    pass() {
      scheduleTurn();
      if (waiting.size === 0 && passed < Math.floor(quota)) {
        passed += 1;
        return undefined;
      }
      return new Promise((resolve) => waiting.add(resolve));
    },
  };
}
