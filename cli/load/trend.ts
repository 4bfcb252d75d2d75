import { createHistogram } from 'node:perf_hooks';

/** What was measured, in milliseconds; all but `count` are `null` where nothing was. */
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

/** A distribution of durations. Percentiles are by nearest rank, right to one part in a thousand. */
export interface Trend {
  record(durationMs: number): void;
  readonly count: number;
  /** In milliseconds; `undefined` where nothing was measured. `percent` is above 0 and at most 100. */
  percentile(percent: number): number | undefined;
  summary(): TrendSummary;
}

/** Longer ones count as this long. */
const longestUs = 3_600_000_000;

export function createTrend(): Trend {
  const histogram = createHistogram({ lowest: 1, highest: longestUs, figures: 3 });
  let leastMs = Infinity;
  let mostMs = -Infinity;
  let sumMs = 0;
  const percentile = (percent: number) => {
    const { count } = histogram;
    if (count === 0) return undefined;
    // Of itself the histogram rounds the rank, so that the 60th percentile of two would be the lesser.
    const rank = Math.max(1, Math.ceil((percent / 100) * count));
    // The histogram gives the upper edge of a bucket, which may lie above everything that was recorded.
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
