/** Time, timers and turns of the event loop. Tests and the simulation inject their own. */
export interface Clock {
  /** Milliseconds since the Unix epoch, whole; it never decreases within a process. */
  now(): number;
  /** The system's wall clock, in milliseconds since the Unix epoch: it may jump, also backward. */
  wall(): number;
  /** Monotonic milliseconds, independent of the wall clock: for durations. */
  elapsed(): number;
  /** Runs `task` once after `delayMs`; the returned function cancels it. The timer does not keep the process alive. */
  after(delayMs: number, task: () => void): () => void;
  /** Runs `task` in the next turn of the event loop, after pending work. */
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

/** A forward jump of the wall clock by more than this is adopted only after a while, in milliseconds. */
const leapMs = 5_000;
/** … after it has lasted this long, in milliseconds. */
const believedAfterMs = 60_000;

/**
 * The wall clock's time, but steady where that is set back: durations would be negative, and timers would wait
 * until it has caught up. A permanent forward jump (or a suspended machine) is adopted a minute later: an event
 * during a short jump (NTP, a resumed virtual machine) must not be dated days ahead of its successors.
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
    // A rounding error in the sum must not cost a whole millisecond.
    return Math.floor(steady + offsetMs + 0.01);
  };
}
