/** How long to wait before trying again. All waits are drawn at random: never 0, never in step with others. */
export interface BackoffOptions {
  /** No wait is shorter, in milliseconds. @default 50 */
  readonly minDelayMs?: number;
  /** The longest that the first wait can be, in milliseconds; doubled with every further failure. @default 500 */
  readonly firstDelayMs?: number;
  /** No wait is longer, in milliseconds. @default 10000 */
  readonly maxDelayMs?: number;
}

/**
 * A wait in milliseconds before try number `failures + 1`, evenly between `minDelayMs` and a bound that doubles
 * with each failure. The whole width is drawn, so that a thousand clients that lost one server do not come back
 * in one moment.
 */
export function backoffMs(failures: number, random: () => number, options: BackoffOptions = {}): number {
  const { minDelayMs = 50, firstDelayMs = 500, maxDelayMs = 10_000 } = options;
  const shortest = Math.max(1, minDelayMs);
  const longest = Math.max(shortest, Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failures, 30)));
  return shortest + random() * (longest - shortest);
}
