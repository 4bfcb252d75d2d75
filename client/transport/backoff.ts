/** Exponential backoff with jitter: all delays are random, never 0, and not synchronized between clients. */
export interface BackoffOptions {
  /** The lower limit of every delay, in milliseconds. @default 50 */
  readonly minDelayMs?: number;
  /** The upper limit of the first delay, in milliseconds; doubled with every further failure. @default 500 */
  readonly firstDelayMs?: number;
  /** The upper limit of every delay, in milliseconds. @default 10000 */
  readonly maxDelayMs?: number;
}

/**
 * The delay in milliseconds before attempt number `failures + 1`, uniformly distributed between `minDelayMs` and a
 * limit that doubles with each failure. The whole range is used, so that a thousand clients that lost one server do not
 * reconnect at the same moment.
 */
export function backoffMs(failures: number, random: () => number, options: BackoffOptions = {}): number {
  const { minDelayMs = 50, firstDelayMs = 500, maxDelayMs = 10_000 } = options;
  const shortest = Math.max(1, minDelayMs);
  const longest = Math.max(shortest, Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failures, 30)));
  return shortest + random() * (longest - shortest);
}
