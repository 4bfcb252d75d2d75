import type { Chance } from '../runtime/chance.ts';

export interface RetryDelayOptions {
  /** The first delay, in milliseconds; it doubles with every further failure. @default 500 */
  readonly retryBaseMs: number;
  /** The longest delay of our own choice, in milliseconds. @default 30000 */
  readonly retryCapMs: number;
  /** The longest delay that a provider may ask for by `retry-after`, in milliseconds. @default 60000 */
  readonly retryAfterCapMs: number;
}

/**
 * How long to wait before the next attempt, in milliseconds: what the provider asks for, up to a cap; else a
 * doubling delay of which the second half is left to chance, so that runs that failed together do not come back
 * together.
 *
 * @param failures how many attempts in a row have failed, from 1.
 */
export function retryDelay(
  failures: number,
  retryAfterMs: number | undefined,
  options: RetryDelayOptions & { readonly chance: Chance },
): number {
  const { retryBaseMs, retryCapMs, retryAfterCapMs, chance } = options;
  if (retryAfterMs !== undefined && retryAfterMs > 0) return Math.min(retryAfterMs, retryAfterCapMs);
  const longest = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(longest / 2 + (longest / 2) * chance.random());
}
