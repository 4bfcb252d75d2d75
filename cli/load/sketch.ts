import { samplesNeeded } from './trend.ts';

/** Durations of one second: percentiles with an error of at most 1 %, in little memory. */
export interface Sketch {
  record(durationMs: number): void;
  readonly count: number;
  readonly sumMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** Counts by bucket. */
  readonly buckets: ReadonlyMap<number, number>;
}

const growth = 1.02;
const logGrowth = Math.log(growth);

export function createSketch(): Sketch {
  const buckets = new Map<number, number>();
  let count = 0;
  let sumMs = 0;
  let minMs = Infinity;
  let maxMs = -Infinity;
  return {
    record(durationMs) {
      count += 1;
      sumMs += durationMs;
      minMs = Math.min(minMs, durationMs);
      maxMs = Math.max(maxMs, durationMs);
      const bucket = Math.round(Math.log(Math.max(durationMs, 0.001)) / logGrowth);
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    },
    get count() {
      return count;
    },
    get sumMs() {
      return sumMs;
    },
    get minMs() {
      return minMs;
    },
    get maxMs() {
      return maxMs;
    },
    buckets,
  };
}

/** The number of durations in all sketches. */
export function countOf(sketches: readonly Sketch[]): number {
  return sketches.reduce((sum, { count }) => sum + count, 0);
}

/** A percentile of all sketches by nearest rank, in milliseconds; `null` without enough samples. */
export function percentileOf(sketches: readonly Sketch[], percent: number): number | null {
  const count = countOf(sketches);
  if (count < samplesNeeded(percent)) return null;
  const merged = new Map<number, number>();
  for (const { buckets } of sketches) {
    for (const [bucket, times] of buckets) merged.set(bucket, (merged.get(bucket) ?? 0) + times);
  }
  let left = Math.max(1, Math.ceil((percent / 100) * count - 1e-9));
  for (const [bucket, times] of [...merged].toSorted(([one], [other]) => one - other)) {
    left -= times;
    if (left <= 0) return clamp(sketches, growth ** bucket);
  }
  return maxOf(sketches);
}

function clamp(sketches: readonly Sketch[], value: number): number {
  const least = Math.min(...sketches.map(({ minMs }) => minMs));
  return Math.min(Math.max(value, least), maxOf(sketches));
}

function maxOf(sketches: readonly Sketch[]): number {
  return Math.max(...sketches.map(({ maxMs }) => maxMs));
}

/** A statistic of all sketches, in milliseconds; `null` without measurements. */
export function statOf(sketches: readonly Sketch[], stat: 'min' | 'avg' | 'max'): number | null {
  const count = countOf(sketches);
  if (count === 0) return null;
  if (stat === 'max') return maxOf(sketches);
  if (stat === 'min') return Math.min(...sketches.map(({ minMs }) => minMs));
  return sketches.reduce((sum, { sumMs }) => sum + sumMs, 0) / count;
}
