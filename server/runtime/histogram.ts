/** What a histogram has counted. */
export interface HistogramCounts {
  /** Upper limits of the buckets, ascending and inclusive; values above the last are in none of them. */
  readonly bounds: readonly number[];
  /** Values of each bucket, without those of the buckets below it. */
  readonly counts: readonly number[];
  readonly sum: number;
  /** Of all values. */
  readonly count: number;
}

/** Counts values in a few buckets. An observation costs a few comparisons and no allocation. */
export interface Histogram {
  observe(value: number): void;
  read(): HistogramCounts;
}

/** @param bounds Ascending; few, since they are compared one after the other. */
export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = bounds.map(() => 0);
  let sum = 0;
  let count = 0;
  return {
    observe(value) {
      sum += value;
      count += 1;
      for (let index = 0; index < bounds.length; index += 1) {
        if (value > (bounds[index] ?? Infinity)) continue;
        counts[index] = (counts[index] ?? 0) + 1;
        return;
      }
    },
    read: () => ({ bounds, counts: [...counts], sum, count }),
  };
}
