import type { AttemptState, CommandState, RunState, StageState } from '@stagewire/shared';

/** The phase of a run according to its log. A live run is always queued, in an attempt, or in backoff. */
export type Phase =
  | { readonly is: 'queued' }
  | { readonly is: 'attempt'; readonly stage: StageState; readonly attempt: AttemptState }
  /** `attempt` is the failed one. */
  | { readonly is: 'backoff'; readonly stage: StageState; readonly attempt: AttemptState }
  | { readonly is: 'ended' };

export type AttemptPhase = Extract<Phase, { is: 'attempt' }>;
/** A stage has started and has not ended. */
export type OpenPhase = Extract<Phase, { is: 'attempt' | 'backoff' }>;

/** Identifies the attempt of a phase, as events do. */
export function attemptRef(phase: OpenPhase): { stage: number; role: string; attempt: number } {
  return { stage: phase.stage.stage, role: phase.stage.role, attempt: phase.attempt.attempt };
}

export function phaseOf(run: RunState): Phase {
  if (run.status === 'queued') return { is: 'queued' };
  const stage = run.stages.at(-1);
  const attempt = stage?.attempts.at(-1);
  if (run.status !== 'running' || stage === undefined || attempt === undefined) return { is: 'ended' };
  return { is: stage.status === 'backoff' ? 'backoff' : 'attempt', stage, attempt };
}

/** Accepted commands without an outcome, in the order of their acceptance. */
export function pendingCommands(run: RunState): readonly CommandState[] {
  return run.commands.filter((command) => command.status === 'accepted');
}
