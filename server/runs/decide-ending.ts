import type { EventBody, Failure, Usage } from '@stagewire/shared';
import { readFiles } from '@stagewire/shared/text/read-files';
import { planAfterChangesRequested } from '../pipeline/plan.ts';
import { parseReview } from '../pipeline/review-parser.ts';
import {
  about,
  dropAll,
  goOn,
  inOrder,
  notesOf,
  reviewRecorded,
  startNextAttempt,
  type Consequences,
  type OpenPhase,
} from './consequences.ts';
import type { Outcome } from './happening.ts';
import { isLastAttempt, pendingCommands, phaseOf, type RunProgress } from './progress.ts';
import { cancelRun, carryOut, closeOpen, rule } from './ruling.ts';

type AttemptPhase = Extract<ReturnType<typeof phaseOf>, { is: 'attempt' }>;
type Completed = Extract<Outcome, { status: 'completed' }>;

/** What follows when an attempt's model call has ended. A pending command decides, even over a whole answer. */
export function decideEnding(
  progress: RunProgress,
  outcome: Outcome,
  options: { readonly phase: AttemptPhase; readonly nowMs: number },
): readonly EventBody[] {
  const { phase, nowMs } = options;
  const ruling = rule(pendingCommands(progress.run));
  if (ruling.by !== 'nothing') {
    const close = closeOpen(phase, outcome.usage);
    return inOrder(carryOut(progress, ruling, { phase, close, steerCause: 'steer', nowMs }));
  }
  switch (outcome.status) {
    case 'completed':
      return inOrder(completed(progress, outcome, options));
    case 'failed':
      return failed(progress, outcome, phase);
    case 'aborted':
      // Only a command, a limit or a failing log aborts a call, and each of them has a decision of its own.
      return failed(progress, { failure: unexplained, usage: outcome.usage, retryInMs: 0 }, phase);
    default:
      return outcome satisfies never;
  }
}

/** The end of the run by a failure that no attempt can mend, whatever the run is doing. */
export function decideFailure(
  progress: RunProgress,
  failure: Failure,
  options: { readonly usage: Usage; readonly nowMs: number },
): readonly EventBody[] {
  const { run } = progress;
  const phase = phaseOf(run);
  if (phase.is === 'ended') return [];
  const pending = pendingCommands(run);
  const ruling = rule(pending);
  const open = phase.is === 'queued' ? null : phase;
  if (ruling.by === 'cancel-run') {
    const ending =
      phase.is === 'attempt'
        ? closeOpen(phase, options.usage)({ type: 'cancelled', commandId: ruling.winner.commandId })
        : undefined;
    return inOrder({ ending, ...cancelRun(ruling.winner, ruling.others, open) });
  }
  const lasting = { ...failure, retryable: false };
  const ending: EventBody | undefined =
    phase.is === 'attempt'
      ? { type: 'stage.failed', ...about(phase), failure: lasting, ...charsAndUsage(phase, options.usage) }
      : undefined;
  return inOrder({
    ending,
    dropped: dropAll(pending, 'run_failed'),
    next: [{ type: 'run.failed', failure: lasting, stage: open?.stage.stage ?? null }],
  });
}

const unexplained: Failure = {
  code: 'INTERNAL',
  message: 'the model call was aborted without a command',
  retryable: true,
};

function completed(
  progress: RunProgress,
  outcome: Completed,
  options: { readonly phase: AttemptPhase; readonly nowMs: number },
): Consequences {
  const { phase, nowMs } = options;
  if (phase.stage.format === 'json') return reviewed(progress, outcome, options);
  if (phase.attempt.text.trim() === '') {
    const failure: Failure = { code: 'OUTPUT_INVALID', message: 'the model wrote nothing', retryable: true };
    const { usage, retryInMs } = outcome;
    return { next: failed(progress, { failure, usage, retryInMs }, phase) };
  }
  const files = phase.stage.format === 'code' ? readFiles(phase.attempt.text).files : [];
  return {
    artifacts: files.map((file) => ({
      type: 'artifact.recorded',
      ...about(phase),
      ...file,
      parts: [...file.parts],
    })),
    ending: completion(outcome, phase),
    ...goOn(progress, {
      plan: progress.run.plan,
      cause: 'plan',
      entering: pendingCommands(progress.run),
      verdict: progress.verdict,
      lastUsage: outcome.usage,
      nowMs,
    }),
  };
}

function reviewed(
  progress: RunProgress,
  outcome: Completed,
  options: { readonly phase: AttemptPhase; readonly nowMs: number },
): Consequences {
  const { phase, nowMs } = options;
  const { run } = progress;
  const review = parseReview(phase.attempt.text);
  if (review.problem !== undefined && mayRepair(run, phase)) {
    const failure: Failure = {
      code: 'OUTPUT_INVALID',
      message: `the review cannot be read: ${review.problem.message}`,
      retryable: true,
      reason: review.problem.reason,
    };
    return {
      ending: {
        type: 'stage.failed',
        ...about(phase),
        failure,
        ...charsAndUsage(phase, outcome.usage),
        retryInMs: 0,
      },
      next: startNextAttempt(run, phase, { cause: 'repair', entering: [], keptChars: 0 }),
    };
  }
  const { verdict } = review;
  const issues = review.problem === undefined ? review.issues : notesOf(run, phase);
  const refines =
    verdict === 'changes_requested' &&
    run.pipeline.roles.includes('refiner') &&
    progress.refinements < run.pipeline.maxRefinements;
  const plan = refines ? planAfterChangesRequested(run.plan) : run.plan;
  return {
    review: reviewRecorded(phase, verdict, issues),
    ending: completion(outcome, phase),
    planned: refines ? { type: 'run.planned', roles: [...plan], cause: 'review' } : undefined,
    ...goOn(progress, {
      plan,
      cause: refines ? 'review' : 'plan',
      entering: pendingCommands(run),
      verdict,
      lastUsage: outcome.usage,
      nowMs,
    }),
  };
}

/** One repair a stage, and none when no attempt is left. */
function mayRepair(run: RunProgress['run'], phase: AttemptPhase): boolean {
  return !phase.stage.attempts.some(({ cause }) => cause === 'repair') && !isLastAttempt(run, phase.stage);
}

function failed(
  progress: RunProgress,
  outcome: { readonly failure: Failure; readonly usage: Usage; readonly retryInMs: number },
  phase: AttemptPhase,
): EventBody[] {
  const { failure, usage } = outcome;
  const again = failure.retryable && !isLastAttempt(progress.run, phase.stage);
  const ending: EventBody = {
    type: 'stage.failed',
    ...about(phase),
    failure,
    ...charsAndUsage(phase, usage),
    // 0 would mean that the next attempt is in the same append.
    ...(again ? { retryInMs: Math.max(1, Math.round(outcome.retryInMs)) } : {}),
  };
  if (again) return [ending];
  return [
    ending,
    ...dropAll(pendingCommands(progress.run), 'run_failed'),
    { type: 'run.failed', failure, stage: phase.stage.stage },
  ];
}

function completion(outcome: Completed, phase: AttemptPhase): EventBody {
  const { finishReason, ttftMs, durationMs, usage } = outcome;
  return {
    type: 'stage.completed',
    ...about(phase),
    finishReason,
    ttftMs,
    durationMs,
    ...charsAndUsage(phase, usage),
  };
}

function charsAndUsage(phase: OpenPhase, usage: Usage): { chars: number; usage: Usage } {
  return { chars: phase.attempt.text.length, usage };
}
