/** Time, timers and the event loop's turn, as the server sees them. Tests and the simulation pass their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch, whole; as long as the process lives, never fewer than before. */
  now(): number;
  /** Runs `task` once after `delayMs`; the returned function takes it back. The timer keeps no process alive. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` in the next turn of the event loop, after what is already under way. */
  turn(task: () => void): void;
}

export const systemClock: Clock = {
  now: createSteadyNow(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  turn(task) {
    setImmediate(task);
  },
};

/**
 * The wall clock's time, going on steadily where that is set back: durations would be negative, and whoever waits
 * for an instant would wait until the wall clock has caught up. Where it is set ahead, or the machine has slept, so
 * is this.
 */
function createSteadyNow(): () => number {
  let offsetMs = -Infinity;
  return () => {
    const steadyMs = performance.now();
    offsetMs = Math.max(offsetMs, Date.now() - steadyMs);
    // What is lost to rounding in the sum must not make a whole millisecond.
    return Math.floor(steadyMs + offsetMs + 0.01);
  };
}
