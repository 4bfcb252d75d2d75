import type { CounterName } from './figures.ts';
import { mustBeZero } from './must-be-zero.ts';
import { saturatedUtilization } from './saturation.ts';
import type { MeasuredSecond } from './series.ts';
import { countOf, percentileOf, statOf, type Sketch } from './sketch.ts';
import { holds, isCounter, isUpperLimit, type Threshold } from './threshold.ts';

/** When a condition was violated for the first time, and under which load. */
export interface LoadBreak {
  /** A threshold as given, or `lost:count==0` for a counter that must be 0. */
  readonly condition: string;
  /** In milliseconds since the measurement began. */
  readonly atMs: number;
  /** Starts per second or concurrent runs that were due. */
  readonly target: number;
  readonly liveRuns: number;
  /** In milliseconds, or a count. */
  readonly value: number;
  readonly unit: 'ms' | 'count';
  /** The generator was saturated: the durations may be its own. */
  readonly isGeneratorSaturated: boolean;
}

/** Finds the first violation of each condition while a load test is running. */
export interface BreakFinder {
  /** Call it with each second. Returns the conditions that are violated for the first time. */
  add(second: MeasuredSecond): readonly LoadBreak[];
  readonly breaks: readonly LoadBreak[];
}

/** Durations are judged over so many seconds: a single one has too few samples. */
export const windowSeconds = 10;

/**
 * A threshold on a duration is violated if the last ten seconds violate it, with enough samples; a threshold on a counter,
 * and a counter that must be 0, if its value does. Conditions such as `count>10` cannot be violated before the end.
 */
export function createBreakFinder(thresholds: readonly Threshold[]): BreakFinder {
  const window: MeasuredSecond[] = [];
  const totals = new Map<CounterName, number>();
  const breaks: LoadBreak[] = [];
  const found = new Set<string>();
  const named = new Set(thresholds.map(({ figure }) => figure));
  // Unfinished runs are known at the end only.
  const zeros = mustBeZero.filter((name) => !named.has(name) && name !== 'runs_unfinished');

  function violationOf(threshold: Threshold): number | undefined {
    const { figure, stat } = threshold;
    if (!isUpperLimit(threshold)) return undefined;
    if (isCounter(figure)) {
      const total = totals.get(figure) ?? 0;
      return canStillHold(threshold, total) ? undefined : total;
    }
    if (stat === 'count') return undefined;
    const sketches = window.flatMap((second): Sketch[] => {
      const sketch = second.sketches.get(figure);
      return sketch === undefined ? [] : [sketch];
    });
    if (countOf(sketches) === 0) return undefined;
    const value = typeof stat === 'object' ? percentileOf(sketches, stat.p) : statOf(sketches, stat);
    return value === null || holds(threshold, value) ? undefined : value;
  }

  return {
    add(second) {
      window.push(second);
      if (window.length > windowSeconds) window.shift();
      for (const [name, by] of Object.entries(second.point.counters)) {
        const counter = name as CounterName;
        totals.set(counter, (totals.get(counter) ?? 0) + by);
      }
      const { atMs, target, liveRuns } = second.point;
      const utilization = window.reduce((sum, { point }) => sum + point.generator.loopUtilization, 0);
      const isGeneratorSaturated = utilization / window.length > saturatedUtilization;
      const where = { atMs, target, liveRuns, isGeneratorSaturated };
      const now: LoadBreak[] = [];
      const note = (condition: string, value: number, unit: 'ms' | 'count') => {
        if (found.has(condition)) return;
        found.add(condition);
        now.push({ condition, ...where, value, unit });
      };
      for (const threshold of thresholds) {
        const value = violationOf(threshold);
        if (value !== undefined) note(threshold.text, value, isCounter(threshold.figure) ? 'count' : 'ms');
      }
      for (const name of zeros) {
        const total = totals.get(name) ?? 0;
        if (total > 0) note(`${name}:count==0`, total, 'count');
      }
      breaks.push(...now);
      return now;
    },
    breaks,
  };
}

/** `==` is an upper limit as long as the counter grows: below it, it may still be met. */
function canStillHold(threshold: Threshold, total: number): boolean {
  return threshold.operator === '==' ? total <= threshold.limit : holds(threshold, total);
}
