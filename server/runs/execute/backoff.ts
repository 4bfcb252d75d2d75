import type { AttemptState, RunState } from '@stagewire/shared';
import type { Phase } from '../decide/progress.ts';
import type { Waiting } from '../runs.ts';
import { timeLeft } from './time-left.ts';

/** How long the backoff behind a failed attempt still takes, in milliseconds. */
export function backoffLeft(
  run: RunState,
  { endedAt = run.updatedAt, retryInMs = 0 }: AttemptState,
  nowMs: number,
): number {
  return timeLeft(endedAt, retryInMs, nowMs);
}

/** What followers are told while a run is in backoff. */
export function waitingInBackoff(
  run: RunState,
  { stage, attempt }: Extract<Phase, { is: 'backoff' }>,
  nowMs: number,
): Waiting {
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
