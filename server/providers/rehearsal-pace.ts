import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';

export interface PaceOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** 0: no pacing. */
  readonly tokensPerSecond: number;
}

/** Paces the tokens of a simulated stream. */
export interface Pace {
  /** Resolves when the next token is due, or immediately when the signal aborts. */
  next(): Promise<void>;
}

/** Tokens emitted before the event loop gets a turn, so that other work is not delayed. */
const tokensPerTurn = 32;

/**
 * Emits tokens at a steady rate from now on. Each token is due at its own instant, independent of delays before it,
 * so that the average rate is kept after a slow reader or a late timer.
 */
export function createPace({ clock, signal, tokensPerSecond }: PaceOptions): Pace {
  const startedAtMs = clock.now();
  let emitted = 0;
  let emittedInTurn = 0;
  return {
    async next() {
      emitted += 1;
      const dueAtMs = tokensPerSecond === 0 ? startedAtMs : startedAtMs + (emitted * 1000) / tokensPerSecond;
      for (let early = dueAtMs - clock.now(); early > 0 && !signal.aborted; early = dueAtMs - clock.now()) {
        emittedInTurn = 0;
        await wait(clock, Math.ceil(early), signal);
      }
      emittedInTurn += 1;
      if (emittedInTurn < tokensPerTurn || signal.aborted) return;
      emittedInTurn = 0;
      await turn(clock, signal);
    },
  };
}

function turn(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    clock.turn(done);
  });
}
