import { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AttemptLimiter } from './attempt-limiter.ts';

/**
 * Makes an attempt to authenticate, and counts it for the address if it fails.
 *
 * @throws StagewireError of the attempt, or RATE_LIMITED instead of UNAUTHENTICATED once too many have failed.
 */
export async function countFailures<Result>(
  limiter: AttemptLimiter,
  address: string | undefined,
  attempt: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof StagewireError) || error.code !== 'UNAUTHENTICATED') throw error;
    const retryAfterMs = limiter.fail(address);
    throw retryAfterMs === undefined ? error : wireErrors.RATE_LIMITED.authentication(retryAfterMs);
  }
}
