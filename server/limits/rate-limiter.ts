import type { Clock } from '../runtime/clock.ts';

/** A key, and how many it may take. */
export interface Allowance {
  readonly key: string;
  readonly perMinute: number;
}

/** An allowance that is used up. */
export interface UsedUp {
  /** Its index among those that were asked for. */
  readonly index: number;
  /** When it has one again. */
  readonly retryAfterMs: number;
}

/** Counts how often keys are used: an allowance of n permits n at once, and gets one more each nth of a minute. */
export interface RateLimiter {
  /** Takes one from each allowance, or none and returns the one that is used up for longest. */
  take(allowances: readonly Allowance[]): UsedUp | undefined;
  /** How many of an allowance are used. */
  used(allowance: Allowance): number;
  /** Keys that are remembered: those whose allowance is not complete. */
  readonly size: number;
}

const minuteMs = 60_000;
/** Keys between two sweeps. */
const sweepEvery = 1000;

/** The generic cell rate algorithm: one instant per key, that at which its allowance is complete again. */
export function createRateLimiter({ clock }: { readonly clock: Pick<Clock, 'elapsed'> }): RateLimiter {
  const fullAtMs = new Map<string, number>();
  let untilSweep = sweepEvery;

  function sweep(nowMs: number): void {
    untilSweep = Math.max(sweepEvery, fullAtMs.size);
    for (const [key, atMs] of fullAtMs) if (atMs <= nowMs) fullAtMs.delete(key);
  }

  return {
    take(allowances) {
      const nowMs = clock.elapsed();
      const next = allowances.map(
        ({ key, perMinute }) => Math.max(nowMs, fullAtMs.get(key) ?? 0) + minuteMs / perMinute,
      );
      let usedUp: UsedUp | undefined;
      for (const [index, atMs] of next.entries()) {
        // Half a millisecond tolerates the rounding of the sum.
        const retryAfterMs = Math.ceil(atMs - nowMs - minuteMs - 0.5);
        if (retryAfterMs > (usedUp?.retryAfterMs ?? 0)) usedUp = { index, retryAfterMs };
      }
      if (usedUp !== undefined) return usedUp;
      for (const [index, { key }] of allowances.entries()) fullAtMs.set(key, next[index] ?? nowMs);
      untilSweep -= 1;
      if (untilSweep <= 0) sweep(nowMs);
      return undefined;
    },
    used({ key, perMinute }) {
      const leftMs = Math.max(0, (fullAtMs.get(key) ?? 0) - clock.elapsed());
      return Math.min(perMinute, Math.ceil((leftMs / minuteMs) * perMinute - 0.001));
    },
    get size() {
      sweep(clock.elapsed());
      return fullAtMs.size;
    },
  };
}
