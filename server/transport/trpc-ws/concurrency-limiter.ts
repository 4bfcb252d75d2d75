/** Limits the calls in flight of one connection; others wait in order. */
export interface ConcurrencyLimiter {
  pass<Result>(call: () => Promise<Result>): Promise<Result>;
}

export interface ConcurrencyLimiterOptions {
  readonly maxCallsInFlight: number;
  /** Resolves when the connection can take an answer. */
  readonly drained: () => Promise<void> | undefined;
  /** As many calls wait as may be in flight: reading from the peer is paused until it is no longer saturated. */
  readonly onSaturated: (isSaturated: boolean) => void;
}

/**
 * A peer that calls and never reads would otherwise have all of its answers created and kept: one read from the
 * network contains some 900 calls, and the answer to `runs.get` may be a megabyte. So a call counts until its
 * answer can be sent, and reading is paused while others wait for it.
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

  /** Passes the slot to the next waiting call. */
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
