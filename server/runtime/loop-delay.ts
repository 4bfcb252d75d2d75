import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock.ts';

/** Event-loop delay in milliseconds: percentiles over the samples, and the maximum. */
export interface LoopDelayReport {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopDelay {
  /** The measurements since the last call. */
  report(): LoopDelayReport;
  /**
   * The measurements of at least the last `windowMs`, independent of other readers. Measuring for this starts with the first
   * call.
   */
  recent(): LoopDelayReport;
  /** Stops measuring. */
  stop(): void;
}

/** Sampling interval: the delay is how much later a sample is taken. */
const resolutionMs = 20;

type DelayHistogram = ReturnType<typeof monitorEventLoopDelay>;

export interface LoopDelayOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** `recent` covers this time and, if it is called often, up to twice as much, in milliseconds. @default 30000 */
  readonly windowMs?: number;
}

/** Starts to measure this thread's event loop; costs some fifty short timers per second. */
export function createLoopDelay({ clock, windowMs = 30_000 }: LoopDelayOptions): LoopDelay {
  const histogram = measure();
  /** Two that began at different times: at a change of window the older one has what the younger one misses. */
  let windows: { older: DelayHistogram; younger: DelayHistogram; youngerSinceMs: number } | undefined;

  return {
    report() {
      const report = reportOf(histogram);
      histogram.reset();
      return report;
    },
    recent() {
      windows ??= { older: measure(), younger: measure(), youngerSinceMs: clock.elapsed() };
      const { older, younger, youngerSinceMs } = windows;
      const report = reportOf(older);
      if (clock.elapsed() - youngerSinceMs >= windowMs) {
        older.reset();
        windows = { older: younger, younger: older, youngerSinceMs: clock.elapsed() };
      }
      return report;
    },
    stop() {
      for (const one of [histogram, windows?.older, windows?.younger]) one?.disable();
    },
  };
}

function measure(): DelayHistogram {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return histogram;
}

function reportOf(histogram: DelayHistogram): LoopDelayReport {
  if (histogram.count === 0) return { p50: 0, p99: 0, max: 0 };
  // The histogram contains the time between two samples: the part above the resolution is delay.
  const delayMs = (nanoseconds: number) =>
    Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 10) / 10);
  return {
    p50: delayMs(histogram.percentile(50)),
    p99: delayMs(histogram.percentile(99)),
    max: delayMs(histogram.max),
  };
}
