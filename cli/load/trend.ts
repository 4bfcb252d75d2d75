import { createHistogram } from 'node:perf_hooks';

/**
 * A summary of measurements, in milliseconds; all fields except `count` are `null` without measurements, and percentiles
 * also without enough of them.
 */
export interface TrendSummary {
  readonly count: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** A distribution of durations. Percentiles use the nearest-rank method, with an error of at most 0.1 %. */
export interface Trend {
  record(durationMs: number): void;
  readonly count: number;
  /** In milliseconds; `undefined` without measurements. `percent` is above 0 and at most 100. */
  percentile(percent: number): number | undefined;
  summary(): TrendSummary;
}

/** How many samples a percentile needs so that at least one of them is above it: 100 for p99, 1 for p100. */
export function samplesNeeded(percent: number): number {
  // 100 / (100 − 99.9) is slightly more than 1000.
  return percent >= 100 ? 1 : Math.ceil(100 / (100 - percent) - 1e-6);
}

/** Longer durations are counted as this one. */
const longestUs = 3_600_000_000;

export function createTrend(): Trend {
  const histogram = createHistogram({ lowest: 1, highest: longestUs, figures: 3 });
  let leastMs = Infinity;
  let mostMs = -Infinity;
  let sumMs = 0;
  const percentile = (percent: number) => {
    const { count } = histogram;
    if (count === 0) return undefined;
    // The histogram rounds the rank: the 60th percentile of two values would be the lesser one.
    const rank = Math.max(1, Math.ceil((percent / 100) * count));
    // The histogram returns the upper bound of a bucket, which may be above every recorded value.
    return Math.min(Math.max(histogram.percentile((rank / count) * 100) / 1000, leastMs), mostMs);
  };
  return {
    record(durationMs) {
      leastMs = Math.min(leastMs, durationMs);
      mostMs = Math.max(mostMs, durationMs);
      sumMs += durationMs;
      histogram.record(Math.min(longestUs, Math.max(1, Math.round(durationMs * 1000))));
    },
    get count() {
      return histogram.count;
    },
    percentile,
    summary() {
      const none = histogram.count === 0;
      const judged = (percent: number) =>
        histogram.count < samplesNeeded(percent) ? null : (percentile(percent) ?? null);
      return {
        count: histogram.count,
        min: none ? null : leastMs,
        avg: none ? null : sumMs / histogram.count,
        p50: judged(50),
        p90: judged(90),
        p95: judged(95),
        p99: judged(99),
        max: none ? null : mostMs,
      };
    },
  };
}
