import type { Clock } from '../runtime/clock.ts';

/** A clock that shows the time of the log's store, so that the instants of all nodes can be compared. */
export interface OffsetClock extends Clock {
  /** How far the store's clock is ahead of this machine's, as last measured, in milliseconds. */
  readonly offsetMs: number;
  setOffset(offsetMs: number): void;
}

/** Timers and durations are the machine's own; only instants are shifted. Like `now` of any clock it never goes back. */
export function createOffsetClock(clock: Clock): OffsetClock {
  let offsetMs = 0;
  let shownMs = -Infinity;
  return {
    ...clock,
    get offsetMs() {
      return offsetMs;
    },
    setOffset(measuredMs) {
      offsetMs = Math.round(measuredMs);
    },
    now() {
      shownMs = Math.max(shownMs, clock.now() + offsetMs);
      return shownMs;
    },
    wall: () => clock.wall() + offsetMs,
  };
}
