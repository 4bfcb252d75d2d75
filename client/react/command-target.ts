import type { AttemptTarget, Expect, RunState } from '../generated/contract.ts';

/** Where a command would act: the attempt that runs or waits; `null` while the run is queued or has ended. */
export function currentTarget(state: RunState | undefined): AttemptTarget | null {
  const stage = state?.status === 'running' ? state.stages.at(-1) : undefined;
  const attempt = stage?.attempts.at(-1);
  return stage === undefined || attempt === undefined
    ? null
    : { stage: stage.stage, role: stage.role, attempt: attempt.attempt };
}

/**
 * The precondition that means what a person saw. A target means its stage, whichever attempt: a retry, a repair or
 * somebody else's steer must not make the command miss. Who saw the run still queued means its first stage.
 */
export function expectOf(seen: AttemptTarget | null | undefined, state: RunState | undefined): Expect {
  if (seen !== null && seen !== undefined) return { stage: seen.stage };
  return state === undefined || state.status === 'queued' ? 'any' : { stage: 1 };
}
