import type { EventBody, Failure } from '@stagewire/shared';
import { initialPlan, planAfterRedirect } from '../../pipeline/plan.ts';
import { applyResolution, cancelRun } from './apply-resolution.ts';
import { decisionContext, type DecisionContext } from './decision-context.ts';
import {
  commandApplied,
  cutOff,
  dropCommands,
  startNextAttempt,
  startStage,
  toEvents,
  type AttemptEnd,
} from './ending-plan.ts';
import { decideEnding, decideRunFailure } from './endings.ts';
import { attemptRef, type AttemptPhase, type OpenPhase, type RunProgress } from './progress.ts';
import type { RecoveryReason, RunInput } from './run-input.ts';

/** Recoveries that may cut off an attempt, one after the other, without any output of a model in between. */
const maxFruitlessRecoveries = 5;

/**
 * The events that follow from an input, as one append; empty if nothing follows. Pure: the same run, the same input
 * and the same instant give the same events.
 *
 * @param nowMs milliseconds since the Unix epoch, for durations.
 */
export function decide(progress: RunProgress, input: RunInput, nowMs: number): readonly EventBody[] {
  const context = decisionContext(progress, nowMs);
  const { phase } = context;
  if (phase.is === 'ended') return [];
  switch (input.type) {
    case 'begin':
      return phase.is === 'queued' ? orElse(decideIdle(context), () => decideBegin(context)) : [];
    case 'resolve':
      return decideIdle(context);
    case 'call-ended':
      return phase.is === 'attempt' ? decideEnding({ ...context, phase }, input.outcome) : [];
    case 'retry':
      return phase.is === 'backoff'
        ? orElse(decideIdle(context), () => decideRetry({ ...context, phase }))
        : [];
    case 'recover':
      return decideRecovery(context, input.reason, { usage: input.usage, isCutOff: true });
    case 'fail':
      return decideRunFailure(context, input.failure, { usage: input.usage, isCutOff: false });
    default:
      return input satisfies never;
  }
}

/** A command that was accepted a moment before the begin or the retry comes first. */
function orElse(first: readonly EventBody[], otherwise: () => readonly EventBody[]): readonly EventBody[] {
  return first.length > 0 ? first : otherwise();
}

/** What pending commands cause while no attempt is open; nothing while one is: its ending applies them. */
function decideIdle(context: DecisionContext): readonly EventBody[] {
  const { run, phase, resolution } = context;
  if (phase.is === 'backoff' && resolution.by !== 'nothing') {
    return toEvents(applyResolution({ ...context, phase }, resolution, undefined));
  }
  if (phase.is !== 'queued') return [];
  if (resolution.by === 'cancel-run') return toEvents(cancelRun(resolution, null));
  if (resolution.by !== 'redirect') return [];
  const { winner, superseded } = resolution;
  return [
    commandApplied(winner, null),
    // Steers wait for the first stage whatever their scope: there is none yet that could supersede them.
    ...dropCommands(
      superseded.filter(({ kind }) => kind !== 'steer'),
      'superseded',
    ),
    {
      type: 'run.planned',
      roles: planAfterRedirect(winner.command.to, run.pipeline.roles),
      cause: 'redirect',
    },
  ];
}

/** The run's beginning: steers that were accepted while it was queued enter the first prompt. */
function decideBegin({ run, pending }: DecisionContext): readonly EventBody[] {
  const wasRedirected = run.plan.length > 0;
  const roles = wasRedirected ? run.plan : initialPlan(run.pipeline.roles);
  const [first] = roles;
  if (first === undefined) throw new RangeError(`run ${run.runId} has no role to begin with`);
  return [
    { type: 'run.started' },
    { type: 'run.planned', roles: [...roles], cause: 'start' },
    ...startStage(run, first, {
      cause: wasRedirected ? 'redirect' : 'plan',
      appliedCommands: pending,
    }),
  ];
}

function decideRetry({ run, phase }: DecisionContext<OpenPhase>): readonly EventBody[] {
  return startNextAttempt(run, phase, { cause: 'retry', keptChars: phase.attempt.keptChars });
}

/** The first append of a new epoch: what was cut off ends, pending commands apply, and the run continues. */
function decideRecovery(
  context: DecisionContext,
  reason: RecoveryReason,
  end: AttemptEnd,
): readonly EventBody[] {
  const { phase } = context;
  if (phase.is !== 'attempt') {
    return [{ type: 'run.recovered', reason, cutOff: null }, ...decideIdle(context)];
  }
  const { stage, attempt } = attemptRef(phase);
  return [
    { type: 'run.recovered', reason, cutOff: { stage, attempt } },
    ...recoverAttempt({ ...context, phase }, end),
  ];
}

function recoverAttempt(context: DecisionContext<AttemptPhase>, end: AttemptEnd): readonly EventBody[] {
  const { progress, run, phase, resolution } = context;
  const isFruitless = progress.recoveries + 1 >= maxFruitlessRecoveries;
  // A command that ends the stage ends what kept failing as well; a steer begins it again.
  if (isFruitless && (resolution.by === 'nothing' || resolution.by === 'steer')) {
    return decideRunFailure(context, fruitless, end);
  }
  if (resolution.by !== 'nothing') return toEvents(applyResolution(context, resolution, end));
  const keptChars = phase.stage.format === 'json' ? 0 : phase.attempt.text.length;
  return [cutOff(phase, end.usage), ...startNextAttempt(run, phase, { cause: 'resume', keptChars })];
}

const fruitless: Failure = {
  code: 'INTERNAL',
  message: `the server went down ${maxFruitlessRecoveries} times while this attempt had written nothing`,
  retryable: false,
};
