import type { Clock } from '../runtime/clock.ts';

/** One flush of a log over a network: the appends of one round trip. */
export interface FlushReport {
  readonly durationMs: number;
  readonly runs: number;
  readonly events: number;
  /** Runs whose appends the log has rejected. */
  readonly rejected: number;
  /** False: the statement failed, or its response was lost. */
  readonly isAnswered: boolean;
}

/** The sums since the start of the process, and the present state. */
export interface FlushStats {
  readonly flushes: number;
  readonly events: number;
  readonly rejected: number;
  /** Of the last flush that ended; 0 before the first. */
  readonly lastFlushMs: number;
  /** How long the flush in progress has taken; 0 if there is none. */
  readonly openFlushMs: number;
  /**
   * How slow flushes are now: how long the one in progress has taken, or how long the last one took; for as long again, after which
   * it says nothing any more.
   */
  readonly presentMs: number;
  /** A moving average of the durations. */
  readonly averageFlushMs: number;
  /** Part of the engine's notification queue that is in use, 0 to 1, as last seen. */
  readonly queueUsage: number;
  /** Do notifications have the text of events at the moment? */
  readonly isShipping: boolean;
}

/** Measures the flushes of a log. */
export interface FlushMonitor {
  stats(): FlushStats;
  /** Calls `listener` after each flush. Returns a function that unsubscribes. */
  onFlush(listener: (report: FlushReport) => void): () => void;
  /** A flush begins. Returns the function that is called once at its end. */
  begin(flush: { readonly runs: number; readonly events: number }): (end: FlushEnd) => void;
  /** What the engine reports of its notification queue. */
  setQueue(queue: { readonly usage: number; readonly isShipping: boolean }): void;
}

export type FlushEnd = Pick<FlushReport, 'rejected' | 'isAnswered'>;

/** Weight of the last flush in the average. */
const weight = 0.2;

export function createFlushMonitor({ clock }: { readonly clock: Clock }): FlushMonitor {
  const listeners = new Set<(report: FlushReport) => void>();
  let openSinceMs: number | undefined;
  let endedMs = -Infinity;
  let queue = { usage: 0, isShipping: true };
  let sums = { flushes: 0, events: 0, rejected: 0, lastFlushMs: 0, averageFlushMs: 0 };

  return {
    stats() {
      const nowMs = clock.elapsed();
      const openFlushMs = openSinceMs === undefined ? 0 : nowMs - openSinceMs;
      const isRecent = nowMs - endedMs <= sums.lastFlushMs;
      return {
        ...sums,
        openFlushMs,
        presentMs: Math.max(openFlushMs, isRecent ? sums.lastFlushMs : 0),
        queueUsage: queue.usage,
        isShipping: queue.isShipping,
      };
    },
    onFlush(listener) {
      const own = (report: FlushReport) => listener(report);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    begin({ runs, events }) {
      const startedMs = clock.elapsed();
      openSinceMs = startedMs;
      return ({ rejected, isAnswered }) => {
        openSinceMs = undefined;
        endedMs = clock.elapsed();
        const durationMs = endedMs - startedMs;
        sums = {
          flushes: sums.flushes + 1,
          events: sums.events + events,
          rejected: sums.rejected + rejected,
          lastFlushMs: durationMs,
          averageFlushMs: sums.averageFlushMs * (1 - weight) + durationMs * weight,
        };
        for (const listener of listeners) listener({ durationMs, runs, events, rejected, isAnswered });
      };
    },
    setQueue(given) {
      queue = given;
    },
  };
}
