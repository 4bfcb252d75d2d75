/**
 * Milliseconds from `nowMs` until `durationMs` after an instant, never more than `durationMs`: the clock may have been
 * set back since, and nobody is to wait for it to catch up.
 */
export function timeLeft(since: string, durationMs: number, nowMs: number): number {
  return Math.min(durationMs, Math.max(0, Date.parse(since) + durationMs - nowMs));
}
