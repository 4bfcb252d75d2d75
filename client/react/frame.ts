/** Runs one task no more often than the screen shows a new picture. */
export interface Frame {
  /** The task runs with the next picture; asking again before that changes nothing. */
  request(): void;
  /** The task runs now, instead of with the next picture. */
  flush(): void;
}

/** A hidden page shows no pictures, and yet what follows from the state should happen: at the latest after this. */
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
