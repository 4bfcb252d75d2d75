import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';

export interface PaceOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** 0: no pacing. */
  readonly tokensPerSecond: number;
}

/** Says when the next token is due. */
export interface Pace {
  /** Resolves when the next token may be said, or at once when the signal aborts. */
  next(): Promise<void>;
}

/** So many tokens may go out without a turn of the event loop between them: other work is never kept waiting. */
const tokensPerTurn = 32;

/**
 * Tokens at a steady rate, from now on. Each is due at its own instant, whatever became of those before it: a
 * reader or a timer that was late is caught up with, so that the rate is kept on the whole.
 */
export function createPace({ clock, signal, tokensPerSecond }: PaceOptions): Pace {
  const startedAtMs = clock.now();
  let said = 0;
  let saidInTurn = 0;
  return {
    async next() {
      said += 1;
      const dueAtMs = tokensPerSecond === 0 ? startedAtMs : startedAtMs + (said * 1000) / tokensPerSecond;
      for (let early = dueAtMs - clock.now(); early > 0 && !signal.aborted; early = dueAtMs - clock.now()) {
        saidInTurn = 0;
        await wait(clock, Math.ceil(early), signal);
      }
      saidInTurn += 1;
      if (saidInTurn < tokensPerTurn || signal.aborted) return;
      saidInTurn = 0;
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
