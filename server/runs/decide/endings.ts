import type { EventBody, Failure, RunState, Usage } from '@stagewire/shared';
import { parseReview } from '../../pipeline/review-parser.ts';
import { applyResolution, artifactsSoFar, cancelRun } from './apply-resolution.ts';
import { continuesAfterCut, mayContinue, mayRepair, mayTryAgain } from './attempt-limits.ts';
import type { DecisionContext } from './decision-context.ts';
import {
  cutOff,
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

/** Recoveries that may cut off an attempt, one after the other, without any output of a model in between. */
const maxFruitlessRecoveries = 5;

type Completed = Extract<Outcome, { status: 'completed' }>;
type Failed = Extract<Outcome, { status: 'failed' }>;

/** What follows when an attempt's model call has ended. A pending command decides, even over a whole answer. */
export function decideEnding(context: DecisionContext<AttemptPhase>, outcome: Outcome): readonly EventBody[] {
  const { resolution } = context;
  const { usage } = outcome;
  if (resolution.by !== 'nothing') {
    return toEvents(applyResolution(context, resolution, { usage, isCutOff: false }));
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
      // Only a command, a limit or a failing log aborts a call, and each of them has a decision of its own.
      const instead = { failure: unexplained, usage, retryInMs: 0, ttftMs: 0, durationMs: 0 };
      return decideFailed(context, { status: 'failed', ...instead });
    }
    default:
      return outcome satisfies never;
  }
}

/** The end of the run by a failure that no further attempt can cure, whatever the run is doing. */
export function decideRunFailure(
  context: DecisionContext,
  failure: Failure,
  end: AttemptEnd,
): readonly EventBody[] {
  const { phase, pending, resolution } = context;
  if (phase.is === 'ended') return [];
  const open = phase.is === 'queued' ? null : phase;
  // A run that has met a defect must not meet it again when its text is read for files.
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

/** The first append of a new epoch: the open attempt was cut off, pending commands apply, and the run continues. */
export function recoverAttempt(
  context: DecisionContext<AttemptPhase>,
  { reason, usage }: Extract<RunInput, { type: 'recover' }>,
): readonly EventBody[] {
  const { stage, attempt } = attemptRef(context.phase);
  return [{ type: 'run.recovered', reason, cutOff: { stage, attempt } }, ...afterCutOff(context, usage)];
}

function afterCutOff(context: DecisionContext<AttemptPhase>, usage: Usage): readonly EventBody[] {
  const { progress, run, phase, resolution } = context;
  const end = { usage, isCutOff: true };
  const isFruitless = progress.recoveries + 1 >= maxFruitlessRecoveries;
  // A command that ends the stage ends what kept failing as well; a steer begins it again.
  if (isFruitless && (resolution.by === 'nothing' || resolution.by === 'steer')) {
    return decideRunFailure(context, fruitless, end);
  }
  if (resolution.by !== 'nothing') return toEvents(applyResolution(context, resolution, end));
  const keptChars = phase.stage.format === 'json' ? 0 : phase.attempt.text.length;
  return [cutOff(phase, usage), ...startNextAttempt(run, phase, { cause: 'resume', keptChars })];
}

function failAttempt(phase: AttemptPhase, failure: Failure, { usage, isCutOff }: AttemptEnd): EventBody {
  return isCutOff ? cutOff(phase, usage) : stageFailed(phase, failure, { usage });
}

/**
 * What follows when a model has ended its answer and no command interferes: the end of the stage, a repair, a
 * continuation, or a failure, where the answer is none.
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
  const said = reason === 'review_unreadable' ? `the review cannot be read: ${message}` : message;
  return { code: 'OUTPUT_INVALID', message: said, retryable: true, reason };
}

const fruitless: Failure = {
  code: 'INTERNAL',
  message: `the server went down ${maxFruitlessRecoveries} times while this attempt had written nothing`,
  retryable: false,
};

const unexplained: Failure = {
  code: 'INTERNAL',
  message: 'the model call was aborted without a command',
  retryable: true,
};

/** Failures after which the next prompt must say why the answer could not be used. */
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
    // What was written stands, and is still cut off.
    return toEvents(finishStage(context, { ...outcome, finishReason: 'length' }));
  }
  // A repair starts over: it would throw a kept text away.
  if (explainedInPrompt.has(failure.reason) && attempt.keptChars === 0 && mayRepair(run, stage, failure)) {
    return toEvents(repairAttempt(run, phase, { failure, usage }));
  }
  if (mayTryAgain(run, stage, failure)) {
    // 0 would mean that the next attempt is in the same append.
    const retryInMs = Math.max(1, Math.round(outcome.retryInMs));
    return [stageFailed(phase, failure, { usage, retryInMs })];
  }
  return [
    stageFailed(phase, failure, { usage }),
    ...dropCommands(pending, 'run_failed'),
    { type: 'run.failed', failure, stage: stage.stage },
  ];
}

/**
 * Can nothing be added to a text that the model's output limit cut off? Its window is full, or it writes nothing that
 * can be used.
 */
function cannotContinue(run: RunState, { stage, attempt }: AttemptPhase, failure: Failure): boolean {
  if (!continuesAfterCut(stage, attempt) || attempt.text.trim() === '') return false;
  if (failure.code === 'CONTEXT_TOO_LONG') return true;
  if (failure.code !== 'OUTPUT_INVALID') return false;
  return (failure.reason === 'empty' && attempt.cause === 'continue') || !mayTryAgain(run, stage, failure);
}
