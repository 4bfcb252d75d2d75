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

function subscribe(listener: () => void): () => void {
  const timer = setInterval(listener, everyMs);
  return () => clearInterval(timer);
}

function never(): () => void {
  return () => {};
}
