/** Time, timers and the event loop's turn, as the server sees them. Tests and the simulation pass their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Runs `task` once after `delayMs`; the returned function takes it back. The timer keeps no process alive. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` in the next turn of the event loop, after what is already under way. */
  turn(task: () => void): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  turn(task) {
    setImmediate(task);
  },
};
