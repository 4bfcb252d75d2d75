import type { Clock } from '../../runtime/clock.ts';
import type { FlushMonitor, FlushReport } from '../flush-monitor.ts';

export interface FlushPaceOptions {
  /** The longest time between the beginnings of two flushes that have deltas only, in milliseconds. @default 20 */
  readonly maxFlushIntervalMs?: number;
  /** Flushes that take less than this follow each other at once, in milliseconds. @default 2 */
  readonly quickFlushMs?: number;
  /** Deltas are held while flushes take longer than this, in milliseconds. @default 20 */
  readonly slowFlushMs?: number;
  /** How long after the last row of its run a delta is held then, in milliseconds. @default 100 */
  readonly deltaHoldMs?: number;
}

/** Decides how much waits for the next flush: load makes statements larger, not more. */
export interface FlushPace {
  /** How long the next flush waits, in milliseconds. @param runs Those whose appends wait; all of them are deltas. */
  delayMs(runs: number): number;
  /** How long after the last row of its run a delta is to be held, in milliseconds; 0 while flushes are fast. */
  holdMs(): number;
  close(): void;
}

/** A few runs have nothing to pack: a slow disk makes their flushes slow. */
const minPackedRuns = 8;

export function createFlushPace(
  options: FlushPaceOptions & { readonly clock: Clock; readonly monitor: FlushMonitor },
): FlushPace {
  const { clock, monitor, maxFlushIntervalMs = 20, quickFlushMs = 2 } = options;
  const { slowFlushMs = 20, deltaHoldMs = 100 } = options;
  let last: FlushReport | undefined;
  let lastBeganMs = -Infinity;
  let averageRuns = 0;
  let isSlow = false;

  const close = monitor.onFlush((report) => {
    last = report;
    lastBeganMs = clock.elapsed() - report.durationMs;
    averageRuns = averageRuns * 0.8 + report.runs * 0.2;
    const { averageFlushMs } = monitor.stats();
    // What holding gains must not end it at once.
    isSlow = averageFlushMs > (isSlow ? slowFlushMs / 2 : slowFlushMs);
  });

  return {
    delayMs(runs) {
      // Nothing would join a lone run.
      if (last === undefined || (runs <= 1 && last.runs <= 1)) return 0;
      const intervalMs = Math.min(maxFlushIntervalMs, 2 * (last.durationMs - quickFlushMs));
      return Math.max(0, lastBeganMs + intervalMs - clock.elapsed());
    },
    holdMs: () => (isSlow && averageRuns >= minPackedRuns ? deltaHoldMs : 0),
    close,
  };
}
