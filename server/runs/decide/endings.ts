import type { EventBody, Failure, RunState, Usage } from '@stagewire/shared';
import { mayRepair, mayTryAgain } from './attempt-limits.ts';
import { dropAll, inOrder, repaired, stageFailed, type AttemptPhase } from './ending-plan.ts';
import { goesOnAfterCut } from './continuation.ts';
import { decideCompletion } from './decide-completion.ts';
import { decideStageEnd } from './finish-stage.ts';
import type { Outcome } from './run-input.ts';
import { pendingCommands, phaseOf, type RunProgress } from './progress.ts';
import { artifactsSoFar, cancelRun, carryOut, closeOpen, rule } from './resolve-commands.ts';

type Failed = Extract<Outcome, { status: 'failed' }>;

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
    case 'completed': {
      const decided = decideCompletion(progress, outcome, options);
      return 'failure' in decided
        ? failed(progress, { ...outcome, ...decided, status: 'failed' }, options)
        : inOrder(decided);
    }
    case 'failed':
      return failed(progress, outcome, options);
    case 'aborted': {
      // Only a command, a limit or a failing log aborts a call, and each of them has a decision of its own.
      const { usage } = outcome;
      const instead = { failure: unexplained, usage, retryInMs: 0, ttftMs: 0, durationMs: 0 };
      return failed(progress, { status: 'failed', ...instead }, options);
    }
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
  // A run that has met a defect is not to meet it again in what its text comes to.
  const artifacts = open === null || failure.code === 'INTERNAL' ? [] : artifactsSoFar(progress, open);
  if (ruling.by === 'cancel-run') {
    const ending =
      phase.is === 'attempt'
        ? closeOpen(phase, options.usage)({ type: 'cancelled', commandId: ruling.winner.commandId })
        : undefined;
    return inOrder({ artifacts, ending, ...cancelRun(ruling.winner, ruling.others, open) });
  }
  const lasting = { ...failure, retryable: false };
  return inOrder({
    artifacts,
    ending: phase.is === 'attempt' ? stageFailed(phase, lasting, { usage: options.usage }) : undefined,
    dropped: dropAll(pending, 'run_failed'),
    next: [{ type: 'run.failed', failure: lasting, stage: open?.stage.stage ?? null }],
  });
}

const unexplained: Failure = {
  code: 'INTERNAL',
  message: 'the model call was aborted without a command',
  retryable: true,
};

/** Why a prompt must say what was wrong with an answer that could not be used. */
const saidInPrompt: ReadonlySet<Failure['reason']> = new Set(['tool_call', 'thought_unfinished', 'empty']);

function failed(
  progress: RunProgress,
  outcome: Failed,
  options: { readonly phase: AttemptPhase; readonly nowMs: number },
): readonly EventBody[] {
  const { run } = progress;
  const { phase } = options;
  const { stage, attempt } = phase;
  const { failure, usage } = outcome;
  if (cannotGoOn(run, phase, failure)) {
    // What was written stands, and is still cut off.
    return inOrder(decideStageEnd(progress, { ...outcome, finishReason: 'length' }, options));
  }
  // A repair begins anew: it would throw a kept text away.
  if (saidInPrompt.has(failure.reason) && attempt.keptChars === 0 && mayRepair(run, stage, failure)) {
    return inOrder(repaired(run, phase, { failure, usage }));
  }
  if (mayTryAgain(run, stage, failure)) {
    // 0 would mean that the next attempt is in the same append.
    const retryInMs = Math.max(1, Math.round(outcome.retryInMs));
    return [stageFailed(phase, failure, { usage, retryInMs })];
  }
  return [
    stageFailed(phase, failure, { usage }),
    ...dropAll(pendingCommands(run), 'run_failed'),
    { type: 'run.failed', failure, stage: stage.stage },
  ];
}

/**
 * Can nothing be added to a text that the model's output limit cut off? Its window is full, or it writes nothing that
 * can be used.
 */
function cannotGoOn(run: RunState, { stage, attempt }: AttemptPhase, failure: Failure): boolean {
  if (!goesOnAfterCut(stage, attempt) || attempt.text.trim() === '') return false;
  if (failure.code === 'CONTEXT_TOO_LONG') return true;
  if (failure.code !== 'OUTPUT_INVALID') return false;
  return (failure.reason === 'empty' && attempt.cause === 'continue') || !mayTryAgain(run, stage, failure);
}
