/** Runs one task at most once per animation frame. */
export interface Frame {
  /** Runs the task with the next animation frame; repeated requests before that have no effect. */
  request(): void;
  /** Runs the task now instead of with the next animation frame. */
  flush(): void;
}

/** A hidden page has no animation frames: there the task runs after this delay, in milliseconds. */
const hiddenDelayMs = 250;

export function createFrame(task: () => void): Frame {
  let cancel: (() => void) | undefined;
  const run = () => {
    cancel?.();
    cancel = undefined;
    task();
  };
  return {
    request() {
      if (cancel !== undefined) return;
      const timer = setTimeout(run, hiddenDelayMs);
      const frameHandle = globalThis.requestAnimationFrame?.(run);
      cancel = () => {
        clearTimeout(timer);
        if (frameHandle !== undefined) globalThis.cancelAnimationFrame(frameHandle);
      };
    },
    flush: run,
  };
}
