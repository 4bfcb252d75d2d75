import type { EventBody, RunState } from '@stagewire/shared';
import { afterArtifacts } from './artifacts/after-artifacts.ts';
import { artifactsOf, unrepairedFiles } from './artifacts/artifacts-of.ts';
import type { DecisionContext } from './decision-context.ts';
import {
  advance,
  commandApplied,
  dropCommands,
  endAttempt,
  notesOf,
  redirectPlanned,
  reviewRecorded,
  startNextAttempt,
  startStage,
  type AttemptEnd,
  type EndingPlan,
} from './ending-plan.ts';
import type { OpenPhase } from './phase.ts';
import type { Resolution } from './resolve-commands.ts';

type CancelRun = Extract<Resolution, { by: 'cancel-run' }>;

/**
 * What the pending commands cause in an attempt or a backoff.
 *
 * @param end of the open attempt; `undefined` in a backoff.
 */
export function applyResolution(
  context: DecisionContext<OpenPhase>,
  resolution: Exclude<Resolution, { by: 'nothing' }>,
  end: AttemptEnd | undefined,
): EndingPlan {
  const { progress, run, phase } = context;
  const ending = endAttempt(phase, end, resolution);
  switch (resolution.by) {
    case 'cancel-run': {
      return { artifacts: artifactsSoFar(context), ending, ...cancelRun(resolution, phase) };
    }
    case 'cancel-stage': {
      const { winner, carried, superseded } = resolution;
      const artifacts = artifactsSoFar(context);
      const review = reviewRecorded(phase, { verdict: 'unknown', issues: notesOf(run, phase) });
      const { verdict, plan } =
        review === undefined
          ? afterArtifacts(progress, artifacts)
          : { verdict: 'unknown' as const, plan: run.plan };
      const { dropped, next } = advance(context, {
        plan,
        cause: 'plan',
        appliedCommands: carried,
        verdict,
        lastUsage: end?.usage,
      });
      return {
        artifacts,
        review,
        ending,
        applied: commandApplied(winner, phase),
        dropped: [...dropCommands(superseded, 'superseded'), ...dropped],
        planned: { type: 'run.planned', roles: [...plan], cause: 'cancel' },
        next,
      };
    }
    case 'redirect': {
      const { winner, carried, superseded } = resolution;
      const { to } = winner.command;
      return {
        artifacts: artifactsSoFar(context),
        ending,
        applied: commandApplied(winner, phase),
        dropped: dropCommands(superseded, 'superseded'),
        planned: redirectPlanned(run, to),
        // The preceding event applies the redirect, so its text is in the prompt like that of a steer.
        next: startStage(withApplied(run, winner.commandId, phase), to, {
          cause: 'redirect',
          appliedCommands: carried,
        }),
      };
    }
    case 'steer': {
      const { steers, restart } = resolution;
      const keeps = !restart && phase.stage.format !== 'json';
      return {
        ending,
        next: startNextAttempt(run, phase, {
          cause: end?.isInterrupted === true ? 'resume' : 'steer',
          appliedCommands: steers,
          keptChars: keeps ? phase.attempt.text.length : 0,
        }),
      };
    }
    default:
      return resolution satisfies never;
  }
}

/** The files of an attempt that was stopped, if its text is kept. */
export function artifactsSoFar({ progress, phase }: DecisionContext): readonly EventBody[] {
  if (phase.is !== 'attempt') return [];
  const { bodies, read } = artifactsOf(progress, phase, { isWhole: false, acceptElided: true });
  return [...unrepairedFiles(progress, phase, read), ...bodies];
}

/** Ends a run by a command; `phase` is null while the run is queued. */
export function cancelRun({ winner, others }: CancelRun, phase: OpenPhase | null): EndingPlan {
  const { command, commandId, actor } = winner;
  const reason = command.reason === undefined ? {} : { reason: command.reason };
  return {
    applied: commandApplied(winner, phase),
    dropped: dropCommands(others, 'run_cancelled'),
    next: [{ type: 'run.cancelled', commandId, actor, ...reason }],
  };
}

function withApplied(run: RunState, commandId: string, phase: OpenPhase): RunState {
  const appliedTo = { stage: phase.stage.stage, attempt: phase.attempt.attempt };
  return {
    ...run,
    commands: run.commands.map((command) =>
      command.commandId === commandId ? { ...command, status: 'applied' as const, appliedTo } : command,
    ),
  };
}
