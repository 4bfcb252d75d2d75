/**
 * A duration for display: `40 ms`, `0.4 s`, `1.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`. Used by the console and the command line,
 * so that both show the same. It is rounded down: a running clock shows only full seconds, and a part of a run never
 * shows a longer duration than the run. Below 0 it is `0 ms`.
 */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.max(0, Math.floor(ms))} ms`;
  return ms < 10_000 ? `${(Math.floor(ms / 100) / 10).toFixed(1)} s` : wholeSeconds(ms);
}

/** The same in whole seconds, for a display that is updated every second: `0 s`, `12 s`, `3 min 5 s`. */
export function wholeSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A remaining time in whole seconds: `3 s`. Rounded up, so that it is `0 s` only at the end. */
export function timeLeft(ms: number): string {
  return wholeSeconds(Math.ceil(ms / 1000) * 1000);
}
