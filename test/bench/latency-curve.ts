import { quantile } from './statistics.ts';

/** Dense where a tail is. */
const parts = Array.from({ length: 49 }, (_, index) => index / 50).concat(
  0.98,
  0.985,
  0.99,
  0.993,
  0.995,
  0.997,
  0.998,
  0.999,
);
/** Below this two processes' clocks and turns are all that is measured. */
const leastMs = 0.02;

/** Which part of the latencies is how long at most, for a plot. */
export function latencyCurve(latenciesMs: readonly number[]): readonly (readonly [number, number])[] {
  return parts.map((part) => [Math.max(leastMs, quantile(latenciesMs, part)), part] as const);
}
