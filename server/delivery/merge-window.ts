import type { Clock } from '../runtime/clock.ts';
import { createLoopUtilization } from '../runtime/loop-utilization.ts';

export interface MergeWindowOptions {
  readonly clock: Clock;
  /** Event-loop utilization since the last call, from 0 to 1. @default the measured one */
  readonly utilization?: () => number;
  /** Up to this utilization the loop counts as idle, and nothing is delayed. @default 0.6 */
  readonly idleBelow?: number;
  /** The longest window, at full utilization, in milliseconds. @default 40 */
  readonly maxMs?: number;
  /** Sampling interval, in milliseconds. @default 100 */
  readonly sampleMs?: number;
}

/** Utilization from which the loop counts as full. */
const full = 0.95;

/**
 * How long a subscriber's next delta is delayed for coalescing, in milliseconds: zero while the event loop is
 * idle, longer the busier it is, since a message costs the same with one token or ten. Never more than `maxMs`:
 * a full loop's turns are long, and what arrives within one is coalesced without a window. Sampled on demand,
 * so that an idle server has no timer.
 */
export function createMergeWindow(options: MergeWindowOptions): () => number {
  const { clock, idleBelow = 0.6, maxMs = 40, sampleMs = 100 } = options;
  const utilization = options.utilization ?? createLoopUtilization();
  let sampledAtMs = clock.elapsed();
  let windowMs = 0;

  function next(busy: number): number {
    const open = ((Math.min(busy, full) - idleBelow) / (full - idleBelow)) * maxMs;
    // Halved per sample, so that the load does not oscillate.
    const windowed = Math.max(open, windowMs / 2);
    return windowed < 1 ? 0 : windowed;
  }

  return () => {
    const nowMs = clock.elapsed();
    const passedMs = nowMs - sampledAtMs;
    if (passedMs >= sampleMs || passedMs < 0) {
      sampledAtMs = nowMs;
      windowMs = next(utilization());
    }
    return windowMs;
  };
}
