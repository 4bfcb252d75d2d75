/** Time and timers, as the client sees them. Tests pass their own. */
export interface ClientClock {
  /** Milliseconds since the Unix epoch: for instants that a person sees. It may be set at any moment. */
  now(): number;
  /**
   * Milliseconds since some moment of the past, by a clock that is never set: for durations and deadlines.
   *
   * @default `now`
   */
  elapsedMs?(): number;
  /** Runs `task` once after `delayMs`; the returned function takes it back. */
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
