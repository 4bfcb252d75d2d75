import type { Expect } from './commands.ts';
import type { AttemptTarget } from './primitives.ts';
import type { RunState } from './state.ts';

/**
 * The current target of commands to a run: its attempt that is open or in backoff; `null` while the run is queued and
 * after it has ended.
 */
export function targetOf(run: RunState | undefined): AttemptTarget | null {
  const stage = run?.status === 'running' ? run.stages.at(-1) : undefined;
  const attempt = stage?.attempts.at(-1);
  return stage === undefined || attempt === undefined
    ? null
    : { stage: stage.stage, role: stage.role, attempt: attempt.attempt };
}

/**
 * The precondition of a command for the stage that a person saw. It matches any attempt of that stage: a retry, a
 * repair or the steer of another person must not cause a STAGE_MISMATCH. If no stage was seen because the run was
 * queued, the first stage is meant; a queued run accepts that only as `any` (PROTOCOL, C9).
 *
 * @param seen The target that was current then. @param run The current run, `undefined` if it is not known.
 */
export function expectOf(seen: AttemptTarget | null, run: RunState | undefined): Expect {
  return seen === null && (run === undefined || run.status === 'queued')
    ? 'any'
    : { stage: meantStage(seen, run) };
}

/** Is the run at another stage than the one that was seen, so that a command for that stage would be rejected? */
export function isPast(seen: AttemptTarget | null, run: RunState | undefined): boolean {
  const now = targetOf(run);
  return now !== null && now.stage !== meantStage(seen, run);
}

/**
 * The mode that a user interface preselects for a steer: `continue`, which keeps the text so far, and `restart` where
 * there is none (no stage has started) or where the stage writes JSON, which cannot be continued. The default of the
 * protocol is `restart`.
 *
 * @param seen The target of the steer. @param run The current run.
 */
export function defaultSteerMode(
  seen: AttemptTarget | null,
  run: RunState | undefined,
): 'continue' | 'restart' {
  const stage = run?.stages.find((it) => it.stage === seen?.stage);
  return stage === undefined || stage.format === 'json' ? 'restart' : 'continue';
}

/** The first stage of a run that was started from another one comes after those that it inherited. */
function meantStage(seen: AttemptTarget | null, run: RunState | undefined): number {
  if (seen !== null) return seen.stage;
  const first = run?.stages.find(({ attempts }) => attempts.at(-1)?.inheritedFrom === undefined);
  return first?.stage ?? 1;
}

/** Does the precondition match the current target of the run? */
export function isExpected(expect: Expect, target: AttemptTarget | null): boolean {
  if (expect === 'any') return true;
  if (target === null) return false;
  if ('role' in expect) return expect.role === target.role;
  return expect.stage === target.stage && (expect.attempt === undefined || expect.attempt === target.attempt);
}
