import type { RunState, StageState, AttemptPlace } from '@stagewire/client';

/** Is this attempt the same as the other, or earlier in the run? */
export function isUpTo(one: AttemptPlace, other: AttemptPlace): boolean {
  return one.stage < other.stage || (one.stage === other.stage && one.attempt <= other.attempt);
}

export function isSamePlace(one: AttemptPlace | undefined, other: AttemptPlace | undefined): boolean {
  return one?.stage === other?.stage && one?.attempt === other?.attempt;
}

/** Coder, stage 2; with its attempt only where the stage has more than one. */
export function placeName(state: RunState, { stage: number, attempt }: AttemptPlace): string {
  const stage = state.stages.find((it) => it.stage === number);
  const name = `${stage?.role ?? 'unknown role'}, stage ${number}`;
  return (stage?.attempts.length ?? 1) > 1 ? `${name}, attempt ${attempt}` : name;
}

/** What the files of a run are asked for: as they were at an attempt's end, or as they were given with the task. */
export type FilesAt = AttemptPlace | 'given';

/** When the files were as the reviewer of a stage read them: at the end of the last attempt before the stage. */
export function reviewedAt(state: RunState, reviewerStage: number): FilesAt {
  const before = state.stages.findLast(({ stage }) => stage < reviewerStage);
  const attempt = before?.attempts.at(-1);
  return before === undefined || attempt === undefined
    ? 'given'
    : { stage: before.stage, attempt: attempt.attempt };
}

/**
 * The attempts that can have changed files, in the run's order: those that have ended. A reviewer's answer is no code.
 */
export function endedAttempts(stages: readonly StageState[]): readonly AttemptPlace[] {
  return stages
    .filter(({ format }) => format !== 'json')
    .flatMap(({ stage, attempts }) =>
      attempts.filter(({ status }) => status !== 'running').map(({ attempt }) => ({ stage, attempt })),
    );
}
