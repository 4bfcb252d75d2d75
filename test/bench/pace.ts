import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenStream } from './token-provider.ts';

export interface Pace {
  /** Of each stream. */
  readonly tokensPerSecond: number;
  /** Tokens that were to be written by now. */
  readonly due: number;
  /** How far the writer was behind its plan at worst, in milliseconds. */
  readonly worstLagMs: number;
  stop(): Promise<void>;
}

/** Writes to all streams at the same rate, each at a moment of its own, until it is stopped. */
export function pace(streams: readonly TokenStream[], tokensPerSecond: number): Pace {
  const everyMs = 1000 / tokensPerSecond;
  const begunMs = performance.now();
  const dueAtMs = streams.map((_, index) => begunMs + (everyMs * (index + 1)) / streams.length);
  let worstLagMs = 0;
  let due = 0;
  const stopping = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const nowMs = performance.now();
      for (const [index, stream] of streams.entries()) {
        let atMs = dueAtMs[index] ?? 0;
        if (atMs > nowMs) continue;
        worstLagMs = Math.max(worstLagMs, nowMs - atMs);
        for (; atMs <= nowMs; atMs += everyMs) {
          stream.write();
          due += 1;
        }
        dueAtMs[index] = atMs;
      }
      await sleep(1);
    }
  }
  const running = run();
  return {
    tokensPerSecond,
    get due() {
      return due;
    },
    get worstLagMs() {
      return worstLagMs;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
