import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Event-loop delay in milliseconds: percentiles over the samples, and the maximum. */
export interface LoopDelayReport {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopDelay {
  /** The measurements since the last call. */
  report(): LoopDelayReport;
  /** Stops measuring. */
  stop(): void;
}

/** Sampling interval: the delay is how much later a sample is taken. */
const resolutionMs = 20;

/** Starts to measure this thread's event loop; costs some fifty short timers per second. */
export function createLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  // The histogram contains the time between two samples: the part above the resolution is delay.
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
