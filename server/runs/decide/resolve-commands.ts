import type { AttemptCause, CommandState, EventBody } from '@stagewire/shared';
import { planAfterRedirect } from '../../pipeline/plan.ts';
import { artifactsOf, leftBehind } from './artifacts/artifacts-of.ts';
import {
  about,
  applied,
  dropAll,
  goOn,
  notesOf,
  reviewRecorded,
  startNextAttempt,
  startStage,
  type Consequences,
  type OpenPhase,
} from './ending-plan.ts';
import type { RunProgress } from './progress.ts';
import { afterArtifacts } from './artifacts/after-artifacts.ts';

/** What the commands that wait for their outcome come to, taken together. */
export type Ruling =
  /** The first cancel of the run beats everything. */
  | { readonly by: 'cancel-run'; readonly winner: CommandState; readonly others: readonly CommandState[] }
  /** The last of redirect and cancel stage wins. */
  | {
      readonly by: 'redirect' | 'cancel-stage';
      readonly winner: CommandState;
      /** Steers that enter the next stage's prompt. */
      readonly carried: readonly CommandState[];
      readonly superseded: readonly CommandState[];
    }
  /** Steers that act on this stage, together. */
  | { readonly by: 'steer'; readonly steers: readonly CommandState[]; readonly restart: boolean }
  /** Nothing acts on this stage; `waiting` steers want the next one. */
  | { readonly by: 'nothing'; readonly waiting: readonly CommandState[] };

/** Rules on the pending commands, which are in the order of their acceptance. Pure. */
export function rule(pending: readonly CommandState[]): Ruling {
  const cancelRun = pending.find(({ command }) => command.kind === 'cancel' && command.target === 'run');
  if (cancelRun !== undefined) {
    return { by: 'cancel-run', winner: cancelRun, others: pending.filter((other) => other !== cancelRun) };
  }
  const winner = pending.findLast(({ kind }) => kind !== 'steer');
  const carried = pending.filter(({ command }) => command.kind === 'steer' && outlivesStage(command));
  if (winner !== undefined) {
    const superseded = pending.filter((other) => other !== winner && !carried.includes(other));
    return { by: winner.kind === 'redirect' ? 'redirect' : 'cancel-stage', winner, carried, superseded };
  }
  const steers = pending.filter(({ command }) => command.kind === 'steer' && command.mode !== 'next');
  if (steers.length > 0) {
    const restart = steers.some(({ command }) => command.kind === 'steer' && command.mode === 'restart');
    return { by: 'steer', steers, restart };
  }
  return { by: 'nothing', waiting: pending };
}

function outlivesStage(steer: Extract<CommandState['command'], { kind: 'steer' }>): boolean {
  return steer.mode === 'next' || steer.scope === 'run';
}

/** How the open attempt ends, said by whoever knows: not at all in a backoff, as a crash in a recovery. */
export type Close = (
  as:
    | { readonly type: 'cancelled'; readonly commandId: string }
    | { readonly type: 'interrupted'; readonly cause: 'steer' | 'redirect'; readonly commandIds: string[] },
) => Extract<EventBody, { type: 'stage.cancelled' | 'stage.interrupted' }> | undefined;

/** What an attempt that ends before its model has ended it leaves behind, if its text stands. */
export function artifactsSoFar(progress: RunProgress, phase: OpenPhase): readonly EventBody[] {
  if (phase.is !== 'attempt') return [];
  const { bodies, read } = artifactsOf(progress, phase, { isWhole: false, acceptElided: true });
  return [...leftBehind(progress, phase, read), ...bodies];
}

/** What a ruling by commands causes in an attempt or a backoff. */
export function carryOut(
  progress: RunProgress,
  ruling: Exclude<Ruling, { by: 'nothing' }>,
  options: {
    readonly phase: OpenPhase;
    readonly close: Close;
    /** Cause of the attempt that steers begin. */
    readonly steerCause: AttemptCause;
    readonly nowMs: number;
  },
): Consequences {
  const { phase, close, nowMs } = options;
  const { run } = progress;
  switch (ruling.by) {
    case 'cancel-run': {
      const { winner, others } = ruling;
      return {
        artifacts: artifactsSoFar(progress, phase),
        ending: close({ type: 'cancelled', commandId: winner.commandId }),
        ...cancelRun(winner, others, phase),
      };
    }
    case 'cancel-stage': {
      const { winner, carried, superseded } = ruling;
      const ending = close({ type: 'cancelled', commandId: winner.commandId });
      const artifacts = artifactsSoFar(progress, phase);
      const review = reviewRecorded(phase, { verdict: 'unknown', issues: notesOf(run, phase) });
      const { verdict, plan } =
        review === undefined
          ? afterArtifacts(progress, artifacts)
          : { verdict: 'unknown' as const, plan: run.plan };
      const { dropped, next } = goOn(progress, {
        plan,
        cause: 'plan',
        entering: carried,
        verdict,
        lastUsage: ending?.usage,
        nowMs,
      });
      return {
        artifacts,
        review,
        ending,
        applied: applied(winner, phase),
        dropped: [...dropAll(superseded, 'superseded'), ...dropped],
        planned: { type: 'run.planned', roles: [...plan], cause: 'cancel' },
        next,
      };
    }
    case 'redirect': {
      const { winner, carried, superseded } = ruling;
      const roles = redirected(progress, winner);
      return {
        artifacts: artifactsSoFar(progress, phase),
        ending: close({ type: 'interrupted', cause: 'redirect', commandIds: [winner.commandId] }),
        applied: applied(winner, phase),
        dropped: dropAll(superseded, 'superseded'),
        planned: { type: 'run.planned', roles, cause: 'redirect' },
        // The redirect is applied by the event before, so its text is in the prompt like that of a steer.
        next: startStage(withApplied(run, winner, phase), roles[0] ?? phase.stage.role, {
          cause: 'redirect',
          entering: carried,
        }),
      };
    }
    case 'steer': {
      const { steers, restart } = ruling;
      const keeps = !restart && phase.stage.format !== 'json';
      return {
        ending: close({
          type: 'interrupted',
          cause: 'steer',
          commandIds: steers.map((steer) => steer.commandId),
        }),
        next: startNextAttempt(run, phase, {
          cause: options.steerCause,
          entering: steers,
          keptChars: keeps ? phase.attempt.text.length : 0,
        }),
      };
    }
    default:
      return ruling satisfies never;
  }
}

/** The end of a run by a command; `phase` is null while it is queued. */
export function cancelRun(
  winner: CommandState,
  others: readonly CommandState[],
  phase: OpenPhase | null,
): Consequences {
  const { command, commandId, actor } = winner;
  const reason = command.kind === 'cancel' ? command.reason : undefined;
  return {
    applied: applied(winner, phase),
    dropped: dropAll(others, 'run_cancelled'),
    next: [{ type: 'run.cancelled', commandId, actor, ...(reason === undefined ? {} : { reason }) }],
  };
}

/** The roles that a redirect leads to. */
export function redirected(progress: RunProgress, redirect: CommandState): string[] {
  const to = redirect.command.kind === 'redirect' ? redirect.command.to : '';
  return [...planAfterRedirect(to, progress.run.pipeline.roles)];
}

/** The ending of an attempt that is really open. */
export function closeOpen(
  phase: OpenPhase,
  usage: Extract<EventBody, { type: 'stage.cancelled' }>['usage'],
): Close {
  const common = { ...about(phase), chars: phase.attempt.text.length, usage };
  return (as) =>
    as.type === 'cancelled'
      ? { type: 'stage.cancelled', ...common, commandId: as.commandId }
      : { type: 'stage.interrupted', ...common, cause: as.cause, commandIds: as.commandIds };
}

function withApplied(run: RunProgress['run'], winner: CommandState, phase: OpenPhase): RunProgress['run'] {
  const appliedTo = { stage: phase.stage.stage, attempt: phase.attempt.attempt };
  return {
    ...run,
    commands: run.commands.map((command) =>
      command === winner ? { ...command, status: 'applied' as const, appliedTo } : command,
    ),
  };
}
