import type { AttemptState, Failure, RunState, TransientBody } from '@stagewire/shared';
import type { RandomSource } from '../../runtime/random.ts';
import type { Phase } from '../decide/phase.ts';

export interface RetryDelayOptions {
  /** The first delay, in milliseconds; it doubles with every further failure. @default 500 */
  readonly retryBaseMs: number;
  /** The longest delay of our own backoff, in milliseconds. @default 30000 */
  readonly retryCapMs: number;
  /** The longest `retry-after` of a provider, in milliseconds; a run does not wait longer. @default 60000 */
  readonly retryAfterCapMs: number;
}

/**
 * The delay before the next attempt, in milliseconds: the provider's `retry-after`, up to a cap; otherwise
 * exponential backoff with 50 % jitter, so that runs that failed together do not retry together.
 *
 * @param failures Consecutive failed attempts, from 1.
 */
export function retryDelay(
  failures: number,
  retryAfterMs: number | undefined,
  options: RetryDelayOptions & { readonly random: RandomSource },
): number {
  const { retryBaseMs, retryCapMs, retryAfterCapMs, random } = options;
  if (retryAfterMs !== undefined && retryAfterMs > 0) return Math.min(retryAfterMs, retryAfterCapMs);
  const longest = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(longest / 2 + (longest / 2) * random.next());
}

/**
 * Marks a failure as not retryable if the provider's `retry-after` exceeds the cap, with an explanation: an
 * earlier retry would be rejected.
 */
export function withoutTooLongWait(
  failure: Failure,
  retryAfterMs: number | undefined,
  { retryAfterCapMs }: RetryDelayOptions,
): Failure {
  if (!failure.retryable || retryAfterMs === undefined || retryAfterMs <= retryAfterCapMs) return failure;
  const reason = `it asks to wait ${seconds(retryAfterMs)} s, longer than the ${seconds(retryAfterCapMs)} s that a run waits`;
  const message = `${failure.message} (${reason})`;
  return { ...failure, message, retryable: false, reason: 'wait_too_long' };
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** The remaining backoff after a failed attempt, in milliseconds. */
export function remainingBackoffMs(
  run: RunState,
  { endedAt = run.updatedAt, retryInMs = 0 }: AttemptState,
  nowMs: number,
): number {
  return remainingMs(endedAt, retryInMs, nowMs);
}

/** The heartbeat of a run in backoff. */
export function backoffHeartbeat(
  run: RunState,
  { stage, attempt }: Extract<Phase, { is: 'backoff' }>,
  nowMs: number,
): TransientBody {
  return {
    type: 'stage.waiting',
    stage: stage.stage,
    role: stage.role,
    attempt: attempt.attempt,
    phase: 'backoff',
    elapsedMs: Math.max(0, nowMs - Date.parse(attempt.endedAt ?? run.updatedAt)),
    retryInMs: remainingBackoffMs(run, attempt, nowMs),
  };
}

/**
 * Milliseconds from `nowMs` until `durationMs` after an instant, at most `durationMs`: if the clock was set
 * back, a run must not wait for it to catch up.
 */
export function remainingMs(since: string, durationMs: number, nowMs: number): number {
  return Math.min(durationMs, Math.max(0, Date.parse(since) + durationMs - nowMs));
}
