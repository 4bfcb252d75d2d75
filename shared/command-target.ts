import type { Expect } from './commands.ts';
import type { AttemptTarget } from './primitives.ts';
import type { RunState } from './state.ts';

/**
 * Where a command acts that a run gets now: its attempt that is open or in backoff; `null` while it is queued, and
 * when it has ended.
 */
export function targetOf(run: RunState | undefined): AttemptTarget | null {
  const stage = run?.status === 'running' ? run.stages.at(-1) : undefined;
  const attempt = stage?.attempts.at(-1);
  return stage === undefined || attempt === undefined
    ? null
    : { stage: stage.stage, role: stage.role, attempt: attempt.attempt };
}

/**
 * The precondition of a command that is meant for what a person saw. A target means its stage, whichever attempt: a
 * retry, a repair or another person's steer must not make the command miss. Seeing no stage, because the run was
 * queued, means its first stage; a queued run takes that only as `any` (PROTOCOL, C9).
 *
 * @param seen What was current then. @param run The run as it is known now, `undefined` if it is not.
 */
export function expectOf(seen: AttemptTarget | null, run: RunState | undefined): Expect {
  return seen === null && (run === undefined || run.status === 'queued')
    ? 'any'
    : { stage: meantStage(seen) };
}

/** Has the run gone on to another stage than what was seen means, so that a command for it would be refused? */
export function isPast(seen: AttemptTarget | null, run: RunState | undefined): boolean {
  const now = targetOf(run);
  return now !== null && now.stage !== meantStage(seen);
}

function meantStage(seen: AttemptTarget | null): number {
  return seen?.stage ?? 1;
}

/** Does a command with this precondition act on a run whose current target is this one? */
export function isExpected(expect: Expect, target: AttemptTarget | null): boolean {
  if (expect === 'any') return true;
  if (target === null) return false;
  if ('role' in expect) return expect.role === target.role;
  return expect.stage === target.stage && (expect.attempt === undefined || expect.attempt === target.attempt);
}
