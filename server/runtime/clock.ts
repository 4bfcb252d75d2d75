/** Time, timers and the event loop's turn, as the server sees them. Tests and the simulation pass their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch, whole; as long as the process lives, never fewer than before. */
  now(): number;
  /** What the system's clock shows, in milliseconds since the Unix epoch: it may leap, also back. */
  wall(): number;
  /** Milliseconds that the process has run, whatever happens to the wall clock: for durations. */
  elapsed(): number;
  /** Runs `task` once after `delayMs`; the returned function takes it back. The timer keeps no process alive. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` in the next turn of the event loop, after what is already under way. */
  turn(task: () => void): void;
}

export const systemClock: Clock = {
  now: createSteadyNow({ wallMs: () => Date.now(), steadyMs: () => performance.now() }),
  wall: () => Date.now(),
  elapsed: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  turn(task) {
    setImmediate(task);
  },
};

/** A wall clock that is ahead by more than this is believed only after a while, in milliseconds. */
const leapMs = 5_000;
/** … after so long without a return, in milliseconds. */
const believedAfterMs = 60_000;

/**
 * The wall clock's time, going on steadily where that is set back: durations would be negative, and whoever waits
 * for an instant would wait until the wall clock has caught up. Where it is set ahead for good, or the machine has
 * slept, so is this, a minute later: an event of a moment's leap (NTP, a virtual machine that was suspended) must not
 * lie days ahead of those that follow it.
 */
export function createSteadyNow({
  wallMs,
  steadyMs,
}: {
  readonly wallMs: () => number;
  readonly steadyMs: () => number;
}): () => number {
  let offsetMs = wallMs() - steadyMs();
  let leaptAtMs: number | undefined;
  return () => {
    const steady = steadyMs();
    const wanted = wallMs() - steady;
    if (wanted - offsetMs <= leapMs) {
      leaptAtMs = undefined;
      offsetMs = Math.max(offsetMs, wanted);
    } else {
      leaptAtMs ??= steady;
      if (steady - leaptAtMs >= believedAfterMs) offsetMs = wanted;
    }
    // What is lost to rounding in the sum must not make a whole millisecond.
    return Math.floor(steady + offsetMs + 0.01);
  };
}
