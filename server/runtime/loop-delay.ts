import { monitorEventLoopDelay } from 'node:perf_hooks';

/** For how long the event loop was held up, in milliseconds: percentiles over the looks, and the longest time. */
export interface LoopDelayReport {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopDelay {
  /** What was measured since this was asked last. */
  report(): LoopDelayReport;
  /** Measures no more. */
  stop(): void;
}

/** How often the loop is looked at: a delay is how much later than that a look comes. */
const resolutionMs = 20;

/** Measures this thread's event loop from now on; costs some fifty short timers a second. */
export function createLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // The histogram has the time between two looks: what is above the resolution is delay.
  const delayMs = (nanoseconds: number) =>
    Math.max(0, Math.round((nanoseconds / 1e6 - resolutionMs) * 10) / 10);

  return {
    report() {
      const isEmpty = histogram.count === 0;
      const report = isEmpty
        ? { p50: 0, p99: 0, max: 0 }
        : {
            p50: delayMs(histogram.percentile(50)),
            p99: delayMs(histogram.percentile(99)),
            max: delayMs(histogram.max),
          };
      histogram.reset();
      return report;
    },
    stop: () => void histogram.disable(),
  };
}
