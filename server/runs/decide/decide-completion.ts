import type { Failure } from '@stagewire/shared';
import { parseReview } from '../../pipeline/review-parser.ts';
import { mayRepair } from './attempt-limits.ts';
import { about, repaired, startNextAttempt, type AttemptPhase, type Consequences } from './ending-plan.ts';
import { mayContinue } from './continuation.ts';
import { decideReview } from './decide-review.ts';
import { decideStageEnd } from './finish-stage.ts';
import type { Outcome } from './run-input.ts';
import type { RunProgress } from './progress.ts';

export type Completed = Extract<Outcome, { status: 'completed' }>;

/**
 * What follows when a model has ended its answer and no command interferes: the end of the stage, a repair, a
 * continuation, or a failure, where the answer is none.
 */
export function decideCompletion(
  progress: RunProgress,
  outcome: Completed,
  options: { readonly phase: AttemptPhase; readonly nowMs: number },
): Consequences | { readonly failure: Failure } {
  const { phase } = options;
  const { stage, attempt } = phase;
  const { finishReason, usage } = outcome;
  const isBlank = attempt.text.trim() === '';
  if (isBlank && finishReason === 'length') {
    const message = `the model wrote nothing: all of its ${usage.outputTokens} output tokens went into reasoning`;
    return {
      failure: { code: 'OUTPUT_INVALID', message, retryable: false, reason: 'output_limit' },
    };
  }
  if (stage.format === 'json') {
    const review = parseReview(attempt.text);
    const failure = review.problem === undefined ? undefined : reviewFailure(review.problem);
    return failure !== undefined && mayRepair(progress.run, stage, failure)
      ? repaired(progress.run, phase, { failure, usage })
      : decideReview(progress, review, { ...options, outcome });
  }
  if (isBlank) {
    const message = 'the model wrote nothing';
    return { failure: { code: 'OUTPUT_INVALID', message, retryable: true, reason: 'empty' } };
  }
  if (finishReason === 'length' && mayContinue(progress, stage, usage)) {
    return {
      ending: {
        type: 'stage.interrupted',
        ...about(phase),
        cause: 'length',
        commandIds: [],
        chars: attempt.text.length,
        usage,
      },
      next: startNextAttempt(progress.run, phase, {
        cause: 'continue',
        entering: [],
        keptChars: attempt.text.length,
      }),
    };
  }
  return decideStageEnd(progress, outcome, options);
}

function reviewFailure({ reason, message }: NonNullable<ReturnType<typeof parseReview>['problem']>): Failure {
  const said = reason === 'review_unreadable' ? `the review cannot be read: ${message}` : message;
  return { code: 'OUTPUT_INVALID', message: said, retryable: true, reason };
}
