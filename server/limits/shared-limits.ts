import type { Allowance, UsedUp } from './rate-limiter.ts';

/** Runs of one owner. */
export interface RunsOfOwner {
  /** They wait for their turn. */
  readonly queued: number;
  readonly running: number;
}

/** What the nodes that share a log count together. */
export interface SharedLimits {
  /** As `RateLimiter.take`. @throws LogUnavailable */
  takeStarts(allowances: readonly Allowance[]): Promise<UsedUp | undefined>;
  /** On all nodes. @throws LogUnavailable */
  runsOfOwner(owner: string): Promise<RunsOfOwner>;
}
