/** The time of a clock in steps. */
export interface StepClock {
  /** The time of the last step. The same for all who read it until the next step, however late its timer is. */
  now(): number;
  /** Calls `listener` after every step. @returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}

export interface StepClockOptions {
  readonly clock: { now(): number };
  readonly stepMs: number;
}

/** One timer for all who subscribe: what one of them shows is never ahead of what another shows. */
export function createStepClock({ clock, stepMs }: StepClockOptions): StepClock {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shownMs = 0;

  const read = () => Math.floor(clock.now() / stepMs) * stepMs;
  const step = () => {
    shownMs = read();
    timer = setTimeout(
      () => {
        step();
        for (const listener of listeners) listener();
      },
      stepMs - (clock.now() % stepMs),
    );
  };

  return {
    now: () => (listeners.size === 0 ? read() : shownMs),
    subscribe(listener) {
      if (listeners.size === 0) step();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearTimeout(timer);
      };
    },
  };
}
