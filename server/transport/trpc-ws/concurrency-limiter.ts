/** Lets so many calls of one connection be under way at the same time; the others wait for their turn, in order. */
export interface ConcurrencyLimiter {
  pass<Result>(call: () => Promise<Result>): Promise<Result>;
}

export interface ConcurrencyLimiterOptions {
  readonly maxCallsInFlight: number;
  /** Resolves when the connection can take an answer. */
  readonly drained: () => Promise<void> | undefined;
  /** As many calls wait as may be under way: nothing more is to be read from the peer until it is told otherwise. */
  readonly onSaturated: (isSaturated: boolean) => void;
}

/**
 * A peer that asks and never reads would otherwise have all of its answers made and kept: one read from the network
 * holds some 900 calls, and the answer to `runs.get` may be a megabyte. So a call counts until its answer can leave,
 * and while others wait behind it no more are read.
 */
export function createConcurrencyLimiter({
  maxCallsInFlight,
  drained,
  onSaturated,
}: ConcurrencyLimiterOptions): ConcurrencyLimiter {
  const waiting: (() => void)[] = [];
  let inFlight = 0;

  async function enter(): Promise<void> {
    if (inFlight < maxCallsInFlight) {
      inFlight += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    if (waiting.push(turn.resolve) >= maxCallsInFlight) onSaturated(true);
    await turn.promise;
  }

  /** Hands the place on, if somebody waits for it. */
  function release(): void {
    const next = waiting.shift();
    if (waiting.length === maxCallsInFlight - 1) onSaturated(false);
    if (next === undefined) inFlight -= 1;
    else next();
  }

  return {
    async pass(call) {
      await enter();
      try {
        const result = await call();
        await drained();
        return result;
      } finally {
        release();
      }
    },
  };
}
