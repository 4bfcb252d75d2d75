import type { EventBody, Failure, RunState, Usage } from '@stagewire/shared';
import { parseReview } from '../../pipeline/review-parser.ts';
import { applyResolution, artifactsSoFar, cancelRun } from './apply-resolution.ts';
import { continuesTruncated, mayContinue, mayRepair, mayRetry } from './attempt-limits.ts';
import type { DecisionContext } from './decision-context.ts';
import {
  stageInterrupted,
  dropCommands,
  endAttempt,
  repairAttempt,
  stageFailed,
  startNextAttempt,
  toEvents,
  type AttemptEnd,
  type EndingPlan,
} from './ending-plan.ts';
import { finishReview, finishStage } from './finish-stage.ts';
import { attemptRef, type AttemptPhase } from './phase.ts';
import type { Outcome, RunInput } from './run-input.ts';

/** Consecutive recoveries that may interrupt attempts without any model output in between. */
const maxRecoveriesWithoutOutput = 5;

type Completed = Extract<Outcome, { status: 'completed' }>;
type Failed = Extract<Outcome, { status: 'failed' }>;

/** What follows the end of an attempt's model call. A pending command takes precedence, even over complete output. */
export function decideEnding(context: DecisionContext<AttemptPhase>, outcome: Outcome): readonly EventBody[] {
  const { resolution } = context;
  const { usage } = outcome;
  if (outcome.status === 'failed' && outcome.failure.code === 'LIMIT_REACHED') {
    return decideRunFailure(context, outcome.failure, { usage, isInterrupted: false });
  }
  if (resolution.by !== 'nothing') {
    return toEvents(applyResolution(context, resolution, { usage, isInterrupted: false }));
  }
  switch (outcome.status) {
    case 'completed': {
      const decided = decideCompletion(context, outcome);
      return 'failure' in decided
        ? decideFailed(context, { ...outcome, ...decided, status: 'failed' })
        : toEvents(decided);
    }
    case 'failed':
      return decideFailed(context, outcome);
    case 'aborted': {
      // Only a command, a limit or a failing log aborts a call, and each of them has its own decision.
      const instead = { failure: unexplained, usage, retryInMs: 0, ttftMs: 0, durationMs: 0 };
      return decideFailed(context, { status: 'failed', ...instead });
    }
    default:
      return outcome satisfies never;
  }
}

/** Ends the run with a failure that no further attempt can fix, in any state of the run. */
export function decideRunFailure(
  context: DecisionContext,
  failure: Failure,
  end: AttemptEnd,
): readonly EventBody[] {
  const { phase, pending, resolution } = context;
  if (phase.is === 'ended') return [];
  const open = phase.is === 'queued' ? null : phase;
  // A run with a defect must not hit it again when its text is parsed for files.
  const artifacts = failure.code === 'INTERNAL' ? [] : artifactsSoFar(context);
  if (resolution.by === 'cancel-run') {
    const ending = open === null ? undefined : endAttempt(open, end, resolution);
    return toEvents({ artifacts, ending, ...cancelRun(resolution, open) });
  }
  const lasting = { ...failure, retryable: false };
  return toEvents({
    artifacts,
    ending: phase.is === 'attempt' ? failAttempt(phase, lasting, end) : undefined,
    dropped: dropCommands(pending, 'run_failed'),
    next: [{ type: 'run.failed', failure: lasting, stage: open?.stage.stage ?? null }],
  });
}

/** The first append of a new epoch: the open attempt was interrupted, pending commands apply, and the run continues. */
export function recoverAttempt(
  context: DecisionContext<AttemptPhase>,
  { reason, usage }: Extract<RunInput, { type: 'recover' }>,
): readonly EventBody[] {
  const { stage, attempt } = attemptRef(context.phase);
  return [{ type: 'run.recovered', reason, cutOff: { stage, attempt } }, ...afterCutOff(context, usage)];
}

function afterCutOff(context: DecisionContext<AttemptPhase>, usage: Usage): readonly EventBody[] {
  const { progress, run, phase, resolution } = context;
  const end = { usage, isInterrupted: true };
  const isFruitless = progress.recoveries + 1 >= maxRecoveriesWithoutOutput;
  // A command that ends the stage also ends the repeated failure; a steer starts the stage again.
  if (isFruitless && (resolution.by === 'nothing' || resolution.by === 'steer')) {
    return decideRunFailure(context, fruitless, end);
  }
  if (resolution.by !== 'nothing') return toEvents(applyResolution(context, resolution, end));
  const keptChars = phase.stage.format === 'json' ? 0 : phase.attempt.text.length;
  return [stageInterrupted(phase, usage), ...startNextAttempt(run, phase, { cause: 'resume', keptChars })];
}

function failAttempt(phase: AttemptPhase, failure: Failure, { usage, isInterrupted }: AttemptEnd): EventBody {
  return isInterrupted ? stageInterrupted(phase, usage) : stageFailed(phase, failure, { usage });
}

/**
 * What follows complete output without an interfering command: the end of the stage, a repair, a continuation,
 * or a failure if the output is unusable.
 */
function decideCompletion(
  context: DecisionContext<AttemptPhase>,
  outcome: Completed,
): EndingPlan | { readonly failure: Failure } {
  const { progress, run, phase } = context;
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
    return failure !== undefined && mayRepair(run, stage, failure)
      ? repairAttempt(run, phase, { failure, usage })
      : finishReview(context, review, outcome);
  }
  if (isBlank) {
    const message = 'the model wrote nothing';
    return { failure: { code: 'OUTPUT_INVALID', message, retryable: true, reason: 'empty' } };
  }
  if (finishReason === 'length' && mayContinue(progress, stage, usage)) {
    const chars = attempt.text.length;
    const ref = attemptRef(phase);
    return {
      ending: { type: 'stage.interrupted', ...ref, cause: 'length', commandIds: [], chars, usage },
      next: startNextAttempt(run, phase, { cause: 'continue', keptChars: chars }),
    };
  }
  return finishStage(context, outcome);
}

function reviewFailure({ reason, message }: NonNullable<ReturnType<typeof parseReview>['problem']>): Failure {
  const detail = reason === 'review_unreadable' ? `the review cannot be read: ${message}` : message;
  return { code: 'OUTPUT_INVALID', message: detail, retryable: true, reason };
}

const fruitless: Failure = {
  code: 'INTERNAL',
  message: `the server went down ${maxRecoveriesWithoutOutput} times while this attempt had written nothing`,
  retryable: false,
};

const unexplained: Failure = {
  code: 'INTERNAL',
  message: 'the model call was aborted without a command',
  retryable: true,
};

/** Failures after which the next prompt explains why the output was unusable. */
const explainedInPrompt: ReadonlySet<Failure['reason']> = new Set([
  'tool_call',
  'thought_unfinished',
  'empty',
]);

function decideFailed(context: DecisionContext<AttemptPhase>, outcome: Failed): readonly EventBody[] {
  const { run, phase, pending } = context;
  const { stage, attempt } = phase;
  const { failure, usage } = outcome;
  if (cannotContinue(run, phase, failure)) {
    // The text is kept, and is still truncated.
    return toEvents(finishStage(context, { ...outcome, finishReason: 'length' }));
  }
  // A repair starts over: it would discard a kept text.
  if (explainedInPrompt.has(failure.reason) && attempt.keptChars === 0 && mayRepair(run, stage, failure)) {
    return toEvents(repairAttempt(run, phase, { failure, usage }));
  }
  if (mayRetry(run, stage, failure)) {
    // 0 would put the next attempt into the same append.
    const retryInMs = Math.max(1, Math.round(outcome.retryInMs));
    return [stageFailed(phase, failure, { usage, retryInMs })];
  }
  return [
    stageFailed(phase, failure, { usage }),
    ...dropCommands(pending, 'run_failed'),
    { type: 'run.failed', failure, stage: stage.stage },
  ];
}

/** Is it impossible to continue a truncated text? Its context window is full, or the model writes nothing usable. */
function cannotContinue(run: RunState, { stage, attempt }: AttemptPhase, failure: Failure): boolean {
  if (!continuesTruncated(stage, attempt) || attempt.text.trim() === '') return false;
  if (failure.code === 'CONTEXT_TOO_LONG') return true;
  if (failure.code !== 'OUTPUT_INVALID') return false;
  return (failure.reason === 'empty' && attempt.cause === 'continue') || !mayRetry(run, stage, failure);
}
