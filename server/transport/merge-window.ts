import type { Clock } from '../runtime/clock.ts';
import { createLoopUtilization } from '../runtime/loop-utilization.ts';

export interface MergeWindowOptions {
  readonly clock: Clock;
  /** How busy the event loop was since this was asked last, from 0 to 1. @default the measured one */
  readonly utilization?: () => number;
  /** Up to here the loop counts as idle, and nothing is held back. @default 0.6 */
  readonly idleBelow?: number;
  /** The window of a loop that is all but busy, in milliseconds. @default 40 */
  readonly busyMs?: number;
  /** The widest window, of a loop that stays full, in milliseconds. @default 250 */
  readonly maxMs?: number;
  /** How often the loop is looked at, in milliseconds. @default 100 */
  readonly sampleMs?: number;
}

/** Above this the loop is full: it falls behind, and wider windows are the only way to catch up. */
const full = 0.95;

/**
 * How long a follower's next delta is held back to be merged, in milliseconds: nothing while the event loop has
 * time, more the busier it is. A message costs the same with one token in it or with ten, so a wider window is what
 * lets a full server go on. It is looked at when it is asked for, so that a server at rest has no timer.
 */
export function createMergeWindow(options: MergeWindowOptions): () => number {
  const { clock, idleBelow = 0.6, busyMs = 40, maxMs = 250, sampleMs = 100 } = options;
  const utilization = options.utilization ?? createLoopUtilization();
  let sampledAtMs = clock.now();
  let windowMs = 0;

  function next(busy: number): number {
    // Between idle and full in proportion; a wide window closes by halves, so that the load does not swing.
    const proportional = (Math.max(0, Math.min(busy, full) - idleBelow) / (full - idleBelow)) * busyMs;
    if (busy >= full) return Math.min(maxMs, Math.max(busyMs, windowMs * 1.5));
    const closing = Math.max(proportional, windowMs / 2);
    return closing < 1 ? 0 : closing;
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
