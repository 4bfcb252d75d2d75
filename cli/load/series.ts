import type { Clock } from '@stagewire/server/runtime/clock';
import type { CounterName, FiguresObserver, TrendName } from './figures.ts';
import { createSketch, percentileOf, type Sketch } from './sketch.ts';
import type { UsageInterval } from './usage-monitor.ts';

/** What was measured within one second. */
export interface SeriesPoint {
  /** The end of the second, in milliseconds since the measurement began. */
  readonly atMs: number;
  /** Its length: longer than a second if the generator was late. */
  readonly durationMs: number;
  /** Starts per second or concurrent runs that were due at its end. */
  readonly target: number;
  readonly liveRuns: number;
  /** Metrics without measurements are absent. */
  readonly trends: Partial<Record<TrendName, SeriesTrend>>;
  /** Counters that have not changed are absent. */
  readonly counters: Partial<Record<CounterName, number>>;
  /** `generator.loopUtilization` from 0 to 1; CPU in percent of one core. */
  readonly generator: UsageInterval['generator'];
  readonly server: UsageInterval['server'];
}

/** In milliseconds; a percentile of too few samples is `null`. */
export interface SeriesTrend {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number;
}

/** A second with all of its durations, for conditions over several seconds. */
export interface MeasuredSecond {
  readonly point: SeriesPoint;
  readonly sketches: ReadonlyMap<TrendName, Sketch>;
}

export interface SeriesOptions {
  readonly clock: Clock;
  readonly nowMs: () => number;
  /** The target at this time of the measurement. */
  readonly targetAt: (elapsedMs: number) => number;
  readonly liveRuns: () => number;
  readonly usage: () => Promise<UsageInterval>;
  /** Called after each second. */
  readonly onSecond: (second: MeasuredSecond) => void;
}

/** The figures over time, one point per second. */
export interface Series {
  /** Takes the measurements of the figures. */
  readonly observer: FiguresObserver;
  readonly points: readonly SeriesPoint[];
  begin(): void;
  /** Adds the last, shorter second. */
  end(): Promise<void>;
}

const secondMs = 1000;

/** A shorter last second has too few measurements to be a point of its own. */
const leastMs = 200;

export function createSeries(options: SeriesOptions): Series {
  const { clock, nowMs, targetAt, liveRuns, usage, onSecond } = options;
  const points: SeriesPoint[] = [];
  let sketches = new Map<TrendName, Sketch>();
  let counters: Partial<Record<CounterName, number>> = {};
  let beganMs = 0;
  let sinceMs = 0;
  let cancel = () => {};
  let isRunning = false;
  let pending: Promise<void> = Promise.resolve();

  async function finishSecond(): Promise<void> {
    const untilMs = nowMs();
    const seen = { sketches, counters, durationMs: untilMs - sinceMs, live: liveRuns() };
    sketches = new Map();
    counters = {};
    sinceMs = untilMs;
    const { generator, server } = await usage();
    const point: SeriesPoint = {
      atMs: Math.round(untilMs - beganMs),
      durationMs: Math.round(seen.durationMs),
      target: targetAt(untilMs - beganMs),
      liveRuns: seen.live,
      trends: Object.fromEntries([...seen.sketches].map(([name, sketch]) => [name, trendOf(sketch)])),
      counters: seen.counters,
      generator,
      server,
    };
    points.push(point);
    onSecond({ point, sketches: seen.sketches });
  }

  function keepOn(): void {
    // From the beginning of the measurement, so that delays of the timer do not add up.
    const elapsedMs = nowMs() - beganMs;
    // A timer may be early: then the next second is a whole one, and not the rest of this one.
    const dueMs = (Math.floor((elapsedMs + secondMs / 2) / secondMs) + 1) * secondMs;
    cancel = clock.after(dueMs - elapsedMs, () => {
      pending = finishSecond().then(keepOn);
    });
  }

  return {
    observer: {
      recorded(name, durationMs) {
        if (!isRunning) return;
        const sketch = sketches.get(name) ?? createSketch();
        sketches.set(name, sketch);
        sketch.record(durationMs);
      },
      counted(name, by) {
        if (isRunning && by !== 0) counters[name] = (counters[name] ?? 0) + by;
      },
    },
    points,
    begin() {
      beganMs = nowMs();
      sinceMs = beganMs;
      isRunning = true;
      keepOn();
    },
    async end() {
      cancel();
      await pending;
      if (isRunning && nowMs() - sinceMs >= leastMs) await finishSecond();
      isRunning = false;
    },
  };
}

function trendOf(sketch: Sketch): SeriesTrend {
  const of = [sketch];
  return {
    count: sketch.count,
    p50: percentileOf(of, 50),
    p95: percentileOf(of, 95),
    p99: percentileOf(of, 99),
    max: sketch.maxMs,
  };
}
