import { defaultLimits } from '@stagewire/shared';

/** How runs are carried, by name, with the defaults: what `SupervisorOptions` leaves to choose. */
export const defaultRunOptions = {
  /** How long an abort may take to land, in milliseconds. */
  abortGraceMs: 250,
  /** How long to wait before a failing log is tried again, in milliseconds. */
  logRetryMs: 1000,
  /** Deltas that wait together for the log are recorded as one of at most so many chars. */
  maxJoinedChars: 65_536,
  maxPendingCommands: defaultLimits.maxPendingCommands,
  /** Runs that may be under way at the same time; others wait in the order in which they came. */
  maxRunningRuns: 1000,
  /** Runs that may wait; one more is refused. */
  maxQueuedRuns: 10_000,
  /** What runs that have ended and are asked about may take in memory, in bytes. */
  maxCachedRunBytes: 32 * 1024 * 1024,
  maxAttemptChars: defaultLimits.maxAttemptChars,
  maxRunChars: defaultLimits.maxRunChars,
  maxRunLogBytes: defaultLimits.maxRunLogBytes,
  /** The first delay before a retry, in milliseconds; it doubles with every further failure. */
  retryBaseMs: 500,
  /** The longest delay of our own choice, in milliseconds. */
  retryCapMs: 30_000,
  /** The longest delay that a provider may ask for by `retry-after`, in milliseconds. */
  retryAfterCapMs: 60_000,
} as const;

export type RunOptions = { readonly [K in keyof typeof defaultRunOptions]: number };
