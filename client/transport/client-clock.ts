/** The clock and timers of the client. Tests pass their own. */
export interface ClientClock {
  /** Milliseconds since the Unix epoch, for instants that are shown. The clock may be set at any time. */
  now(): number;
  /**
   * Milliseconds of a monotonic clock, for durations and deadlines.
   *
   * @default `now`
   */
  elapsedMs?(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void;
}

export const systemClock: ClientClock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
