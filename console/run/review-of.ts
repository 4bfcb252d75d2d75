import { labelFor } from '../shell/labels.ts';
import type { AttemptState, ReviewState, RunState, StageState } from '@stagewire/client';

export type ShownReview = Pick<ReviewState, 'verdict' | 'issues' | 'problems'>;

/**
 * The review of an attempt from the run's events: the issues so far while it runs, the final review after. `undefined`
 * if the attempt ended without a review that could be parsed.
 */
export function reviewOf(state: RunState, stage: StageState, attempt: AttemptState): ShownReview | undefined {
  const review = state.reviews.find((it) => it.stage === stage.stage && it.attempt === attempt.attempt);
  return review ?? (attempt.status === 'running' ? { issues: [], verdict: null } : undefined);
}

/** The label of a verdict; `null` is a review without a verdict yet. */
export function verdictLabel(verdict: ReviewState['verdict'], isRunning: boolean): string {
  if (verdict === null) return isRunning ? 'in progress' : 'incomplete';
  return labelFor(verdict);
}
