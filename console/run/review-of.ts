import { labelFor } from '../shell/labels.ts';
import type { AttemptState, ReviewState, RunState, StageState } from '@stagewire/client';

export type ShownReview = Pick<ReviewState, 'verdict' | 'issues' | 'problems'>;

/**
 * The review of an attempt as the run's events tell it: while it is written the issues noted so far, at its end what
 * was recorded. `undefined`: the attempt ended without a review that could be read at all.
 */
export function reviewOf(state: RunState, stage: StageState, attempt: AttemptState): ShownReview | undefined {
  const review = state.reviews.find((it) => it.stage === stage.stage && it.attempt === attempt.attempt);
  return review ?? (attempt.status === 'running' ? { issues: [], verdict: null } : undefined);
}

/** A verdict in words. One that is `null` is being written only while its attempt runs. */
export function verdictWords(verdict: ReviewState['verdict'], isRunning: boolean): string {
  if (verdict === null) return isRunning ? 'being written' : 'not finished';
  return labelFor(verdict);
}
