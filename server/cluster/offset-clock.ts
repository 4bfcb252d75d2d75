import type { Clock } from '../runtime/clock.ts';

/** A clock that shows the time of the log's store, so that the instants of all nodes can be compared. */
export interface OffsetClock extends Clock {
  /** How far the store's clock is ahead of this machine's, as last measured, in milliseconds. */
  readonly offsetMs: number;
  setOffset(offsetMs: number): void;
}

/**
 * Timers and durations are the machine's own; only instants are shifted. Like `now` of any clock it never goes back, but
 * with the first measurement: what was shown before that is no instant of a run, and a machine whose clock is ahead would
 * else stand still until the store has caught up with it.
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
