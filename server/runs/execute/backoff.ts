import type { AttemptState, Failure, RunState, TransientBody } from '@stagewire/shared';
import type { RandomSource } from '../../runtime/random.ts';
import type { Phase } from '../decide/phase.ts';

export interface RetryDelayOptions {
  /** The first delay, in milliseconds; it doubles with every further failure. @default 500 */
  readonly retryBaseMs: number;
  /** The longest delay of our own choice, in milliseconds. @default 30000 */
  readonly retryCapMs: number;
  /** The longest delay that a provider may ask for, in milliseconds; the run does not wait longer. @default 60000 */
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
  options: RetryDelayOptions & { readonly random: RandomSource },
): number {
  const { retryBaseMs, retryCapMs, retryAfterCapMs, random } = options;
  if (retryAfterMs !== undefined && retryAfterMs > 0) return Math.min(retryAfterMs, retryAfterCapMs);
  const longest = Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(longest / 2 + (longest / 2) * random.next());
}

/**
 * The failure as it is when the provider asks for a longer wait than the cap: not retryable, and it says so. Trying
 * again before that time would only be refused again.
 */
export function withoutTooLongWait(
  failure: Failure,
  retryAfterMs: number | undefined,
  { retryAfterCapMs }: RetryDelayOptions,
): Failure {
  if (!failure.retryable || retryAfterMs === undefined || retryAfterMs <= retryAfterCapMs) return failure;
  const asked = `it asks to wait ${seconds(retryAfterMs)} s, longer than the ${seconds(retryAfterCapMs)} s that a run waits`;
  const message = `${failure.message} (${asked})`;
  return { ...failure, message, retryable: false, reason: 'wait_too_long' };
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** How long the backoff after a failed attempt still takes, in milliseconds. */
export function backoffLeft(
  run: RunState,
  { endedAt = run.updatedAt, retryInMs = 0 }: AttemptState,
  nowMs: number,
): number {
  return timeLeft(endedAt, retryInMs, nowMs);
}

/** What subscribers get while a run is in backoff. */
export function waitingInBackoff(
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
    retryInMs: backoffLeft(run, attempt, nowMs),
  };
}

/**
 * Milliseconds from `nowMs` until `durationMs` after an instant, never more than `durationMs`: the clock may have been
 * set back since, and no run must wait for it to catch up.
 */
export function timeLeft(since: string, durationMs: number, nowMs: number): number {
  return Math.min(durationMs, Math.max(0, Date.parse(since) + durationMs - nowMs));
}
