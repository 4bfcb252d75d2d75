import type { Clock } from '../../runtime/clock.ts';

export interface OutputPaceOptions {
  readonly clock: Clock;
  /**
   * How long after the last append of a run its deltas are held, in milliseconds; called for each. A slow log then gets few large
   * rows instead of many small ones. @default deltas are never held
   */
  readonly deltaHoldMs?: (() => number) | undefined;
}

/** When the waiting output of a run is appended. Everything but output takes it along at once. */
export interface OutputPace {
  /** Calls `flush`, now or when the output has been held for long enough. */
  schedule(flush: () => void): void;
  /** An append of the run has ended. */
  appended(): void;
}

export function createOutputPace({ clock, deltaHoldMs }: OutputPaceOptions): OutputPace {
  let appendedAtMs = -Infinity;
  let cancel: (() => void) | undefined;
  // A log that is never slow costs nothing.
  if (deltaHoldMs === undefined) return { schedule: (flush) => flush(), appended: () => undefined };
  return {
    schedule(flush) {
      cancel?.();
      cancel = undefined;
      const holdMs = deltaHoldMs();
      const leftMs = holdMs === 0 ? 0 : appendedAtMs + holdMs - clock.elapsed();
      if (leftMs <= 0) return flush();
      cancel = clock.after(leftMs, flush);
    },
    appended() {
      appendedAtMs = clock.elapsed();
    },
  };
}
