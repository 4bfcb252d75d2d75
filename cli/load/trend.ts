import { createHistogram } from 'node:perf_hooks';

/** A summary of measurements, in milliseconds; all fields except `count` are `null` without measurements. */
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
      return {
        count: histogram.count,
        min: none ? null : leastMs,
        avg: none ? null : sumMs / histogram.count,
        p50: percentile(50) ?? null,
        p90: percentile(90) ?? null,
        p95: percentile(95) ?? null,
        p99: percentile(99) ?? null,
        max: none ? null : mostMs,
      };
    },
  };
}
