import type { Clock } from '../runtime/clock.ts';
import { createLoopUtilization } from '../runtime/loop-utilization.ts';

export interface MergeWindowOptions {
  readonly clock: Clock;
  /** How busy the event loop was since this was asked last, from 0 to 1. @default the measured one */
  readonly utilization?: () => number;
  /** Up to here the loop counts as idle, and nothing is held back. @default 0.6 */
  readonly idleBelow?: number;
  /** The widest window, of a loop that is full, in milliseconds. @default 40 */
  readonly maxMs?: number;
  /** How often the loop is looked at, in milliseconds. @default 100 */
  readonly sampleMs?: number;
}

/** Above this the loop is full. */
const full = 0.95;

/**
 * How long a follower's next delta is held back to be merged, in milliseconds: nothing while the event loop has
 * time, more the busier it is, since a message costs the same with one token in it or with ten. Not more than `maxMs`,
 * however full: a full loop's turns are long, and what comes within one is merged without a window. It is looked at
 * when it is asked for, so that a server at rest has no timer.
 */
export function createMergeWindow(options: MergeWindowOptions): () => number {
  const { clock, idleBelow = 0.6, maxMs = 40, sampleMs = 100 } = options;
  const utilization = options.utilization ?? createLoopUtilization();
  let sampledAtMs = clock.now();
  let windowMs = 0;

  function next(busy: number): number {
    const open = ((Math.min(busy, full) - idleBelow) / (full - idleBelow)) * maxMs;
    // It closes by halves, so that the load does not swing.
    const windowed = Math.max(open, windowMs / 2);
    return windowed < 1 ? 0 : windowed;
  }

  return () => {
    const nowMs = clock.now();
    const passedMs = nowMs - sampledAtMs;
    if (passedMs >= sampleMs || passedMs < 0) {
      sampledAtMs = nowMs;
      windowMs = next(utilization());
    }
    return windowMs;
  };
}
