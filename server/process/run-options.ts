import { defaultLimits } from '@stagewire/shared';
import type { LoadConfig } from './load-settings.ts';

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
  /** Calls to one provider that may be in flight; others wait for their turn. */
  maxCallsPerProvider: 1000,
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
  /** Output of one run that may wait for the log, in bytes; beyond it the provider's stream is not read. */
  maxUnwrittenBytes: 1_000_000,
  /** While a write to a shared log takes longer than this, starts are rejected, in milliseconds. */
  maxWriteMs: 2000,
  /** The longest `retry-after` of a provider, in milliseconds. */
  retryAfterCapMs: 60_000,
} as const;

export type RunOptions = { readonly [K in keyof typeof defaultRunOptions]: number };

/** The options of a server: the defaults, what is configured, and what the caller of `startApp` sets. */
export function runOptionsOf(config: LoadConfig, own: Partial<RunOptions> = {}): RunOptions {
  const { maxRunningRuns, maxCallsPerProvider } = { ...defaultRunOptions, ...config };
  return { ...defaultRunOptions, maxRunningRuns, maxCallsPerProvider, ...own };
}
