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
  /** Callers per millisecond that other work has taken since the turn before, if these are more. */
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
  let passed = 0;
  let isDue = false;
  /** When what was admitted last had been sent. */
  let sentMs = 0;

  function scheduleTurn(): void {
    if (isDue) return;
    isDue = true;
    sentMs = clock.elapsed();
    clock.turn(() => {
      isDue = false;
      // Only what others have taken: the time of its own sends would let more and more of them pass.
      const quota = Math.max(perTurn, Math.min(mostPerTurn, Math.floor((clock.elapsed() - sentMs) * perMs)));
      passed = Math.min(quota, waiting.size);
      if (passed > 0) scheduleTurn();
      for (let left = passed; left > 0; left -= 1) waiting.take()?.();
    });
    // In the same turn, after the sends of what was admitted.
    clock.turn(() => {
      sentMs = clock.elapsed();
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
