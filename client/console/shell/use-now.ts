import { useSyncExternalStore } from 'react';

const everyMs = 500;

/** The time, twice a second, in steps that all who show it share; standing still where `running` is false. */
export function useNow(running: boolean): number {
  return useSyncExternalStore(running ? subscribe : never, now);
}

/** A text that changes with the time. What shows it is drawn again when the text is another, and not with every step. */
export function useTimeText(textAt: (nowMs: number) => string): string {
  return useSyncExternalStore(subscribe, () => textAt(now()));
}

/** In steps: between two of them every reader gets the same number. */
function now(): number {
  return Math.floor(Date.now() / everyMs) * everyMs;
}

/** At each step, so that a stage never seems to have taken longer than its run, which another timer shows. */
function subscribe(listener: () => void): () => void {
  const wait = () => setTimeout(tick, everyMs - (Date.now() % everyMs));
  const tick = () => {
    timer = wait();
    listener();
  };
  let timer = wait();
  return () => clearTimeout(timer);
}

function never(): () => void {
  return () => {};
}
