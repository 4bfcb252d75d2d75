import type { Clock } from '../runtime/clock.ts';

/** A clock that shows the time of the log's store, so that the timestamps of all nodes are comparable. */
export interface OffsetClock extends Clock {
  /** How far the store's clock is ahead of this machine's, as last measured, in milliseconds. */
  readonly offsetMs: number;
  /** Has it been measured? */
  readonly isMeasured: boolean;
  setOffset(offsetMs: number): void;
}

/**
 * Timers and durations are the machine's own; only timestamps are shifted. `now` never decreases, except at the
 * first measurement: no run has a timestamp from before that, and a machine whose clock is ahead would
 * otherwise stand still until the store has caught up.
 */
export function createOffsetClock(clock: Clock): OffsetClock {
  let offsetMs = 0;
  let shownMs = -Infinity;
  let isMeasured = false;
  return {
    ...clock,
    get offsetMs() {
      return offsetMs;
    },
    get isMeasured() {
      return isMeasured;
    },
    setOffset(measuredMs) {
      if (!isMeasured) shownMs = -Infinity;
      isMeasured = true;
      offsetMs = Math.round(measuredMs);
    },
    now() {
      shownMs = Math.max(shownMs, clock.now() + offsetMs);
      return shownMs;
    },
    wall: () => clock.wall() + offsetMs,
  };
}
