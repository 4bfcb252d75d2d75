import { defaultLimits, type Lineage, type RunState, type StartFrom } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';

/** Earlier tasks that a run keeps. */
const maxTasks = 20;

/** What a start inherits from its source. */
export interface ResolvedSource {
  /** Without its tasks, `from` of the new run. */
  readonly from: StartFrom;
  /** The first stage that is not inherited. */
  readonly stage: number;
  /** The last attempt of that stage that is inherited, in a fork. */
  readonly attempt: number | undefined;
  readonly isFollowUp: boolean;
}

/**
 * Where in the source the new run begins. Pure.
 *
 * @throws StagewireError RUN_NOT_ENDED, ATTEMPT_NOT_FOUND; INVALID_INPUT for a fork of a review.
 */
export function resolveSource(source: RunState, { stage, attempt }: StartFrom): ResolvedSource {
  const { runId, status } = source;
  if (status === 'queued' || status === 'running') throw wireErrors.RUN_NOT_ENDED(runId, status);
  const next = source.stages.length + 1;
  if (stage === undefined) {
    if (status === 'completed') return { from: { runId }, stage: next, attempt: undefined, isFollowUp: true };
    // A run that ended in the queue has inherited its stages; none of them has ended it.
    const last = source.startedAt === undefined ? next : source.stages.length;
    return rerun(runId, Math.max(1, last));
  }
  const found = source.stages.find((it) => it.stage === stage);
  if (found === undefined && (stage !== next || source.startedAt !== undefined)) {
    throw wireErrors.ATTEMPT_NOT_FOUND.noStage({ runId, stage, attempt: attempt ?? 1 });
  }
  if (attempt === undefined) return rerun(runId, stage);
  if (found?.attempts.some((it) => it.attempt === attempt) !== true) {
    throw wireErrors.ATTEMPT_NOT_FOUND.missing({ runId, stage, attempt });
  }
  if (found.format === 'json') {
    const message = `the output of the ${found.role} is JSON, which cannot be continued; omit it to run the stage again`;
    throw wireErrors.INVALID_INPUT.fields([{ field: 'from.attempt', message }]);
  }
  return { from: { runId, stage, attempt }, stage, attempt, isFollowUp: false };
}

function rerun(runId: string, stage: number): ResolvedSource {
  return { from: { runId, stage }, stage, attempt: undefined, isFollowUp: false };
}

/** `from` of a run with this task: the tasks before it are those of the source that differ from it. */
export function lineageOf(source: RunState, { from }: ResolvedSource, task: string): Lineage {
  const earlier = [...(source.from?.tasks ?? []), source.task];
  if (earlier.at(-1) === task) earlier.pop();
  const tasks: string[] = [];
  let chars = 0;
  for (const one of earlier.toReversed()) {
    chars += one.length;
    if (tasks.length === maxTasks || chars > defaultLimits.maxTaskChars) break;
    tasks.unshift(one);
  }
  return { ...from, tasks };
}
