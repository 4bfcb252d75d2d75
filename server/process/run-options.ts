import { defaultLimits } from '@stagewire/shared';

/** The defaults of how runs are executed: the optional part of `SupervisorOptions`. */
export const defaultRunOptions = {
  /** How long an abort may take, in milliseconds. */
  abortGraceMs: 250,
  /** Delay before a failing log is probed, in milliseconds. */
  logRetryMs: 1000,
  /** Maximum chars of deltas that are coalesced for one append. */
  maxJoinedChars: 65_536,
  maxPendingCommands: defaultLimits.maxPendingCommands,
  /** Runs that may execute at the same time; others are queued in the order of their start. */
  maxRunningRuns: 1000,
  /** Runs that may be queued; further ones are rejected. */
  maxQueuedRuns: 10_000,
  /** Cache for ended runs, in bytes. */
  maxCachedRunBytes: 32 * 1024 * 1024,
  maxAttemptChars: defaultLimits.maxAttemptChars,
  maxRunChars: defaultLimits.maxRunChars,
  maxRunLogBytes: defaultLimits.maxRunLogBytes,
  /** The first delay before a retry, in milliseconds; it doubles with every further failure. */
  retryBaseMs: 500,
  /** The longest delay of our own backoff, in milliseconds. */
  retryCapMs: 30_000,
  /** The longest `retry-after` of a provider, in milliseconds. */
  retryAfterCapMs: 60_000,
} as const;

export type RunOptions = { readonly [K in keyof typeof defaultRunOptions]: number };
