import { labelFor } from '../shell/labels.ts';
import type { AttemptState, ReviewState, RunState, StageState } from '@stagewire/client';

export type ShownReview = Pick<ReviewState, 'verdict' | 'issues' | 'problems'>;

/**
 * The review of an attempt from the run's events: the issues so far while it runs, the final review after. An attempt
 * that ended in the middle of its text has the issues that were complete by then. `undefined` if it has no review.
 */
export function reviewOf(state: RunState, stage: StageState, attempt: AttemptState): ShownReview | undefined {
  const review = state.reviews.find((it) => it.stage === stage.stage && it.attempt === attempt.attempt);
  if (review !== undefined) return review;
  return attempt.status === 'running' || isCutOff(attempt) ? { issues: [], verdict: null } : undefined;
}

/** Whether an attempt ended before its text did; a text that could not be parsed is complete. */
function isCutOff({ status, text, failure }: AttemptState): boolean {
  if (text === '') return false;
  return (
    status === 'interrupted' ||
    status === 'cancelled' ||
    (status === 'failed' && failure?.code !== 'OUTPUT_INVALID')
  );
}

/** The label of a verdict; `null` is a review without a verdict yet, or one that was cut off. */
export function verdictLabel(verdict: ReviewState['verdict'], isRunning: boolean): string {
  if (verdict === null) return isRunning ? 'in progress' : 'cut off';
  return labelFor(verdict);
}
