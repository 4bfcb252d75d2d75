import type { AttemptPlace, FilesAt, RunState, StageState } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';

/** Whether an attempt is the same as another, or earlier in the run. */
export function isAtOrBefore(one: AttemptPlace, other: AttemptPlace): boolean {
  return one.stage < other.stage || (one.stage === other.stage && one.attempt <= other.attempt);
}

export function isSameAttempt(one: AttemptPlace | undefined, other: AttemptPlace | undefined): boolean {
  return one?.stage === other?.stage && one?.attempt === other?.attempt;
}

/** `Coder, stage 2`; with the attempt if the stage has several. */
export function attemptName(state: RunState, { stage: number, attempt }: AttemptPlace): string {
  const stage = state.stages.find((it) => it.stage === number);
  const name = `${capitalized(stage?.role ?? 'unknown role')}, stage ${number}`;
  return (stage?.attempts.length ?? 1) > 1 ? `${name}, attempt ${attempt}` : name;
}

/** A version of a file; `live` is the text that an attempt writes now, and the latest version once it has ended. */
export type ShownVersion = FilesAt | 'live';

/** The version of the files that a reviewer read: at the end of the last attempt before its stage. */
export function reviewedAt(state: RunState, reviewerStage: number): FilesAt {
  const before = state.stages.findLast(({ stage }) => stage < reviewerStage);
  const attempt = before?.attempts.at(-1);
  return before === undefined || attempt === undefined
    ? 'given'
    : { stage: before.stage, attempt: attempt.attempt };
}

/** The attempts that may have changed files, in the run's order: ended ones, without those of reviewers. */
export function endedAttempts(stages: readonly StageState[]): readonly AttemptPlace[] {
  return stages
    .filter(({ format }) => format !== 'json')
    .flatMap(({ stage, attempts }) =>
      attempts.filter(({ status }) => status !== 'running').map(({ attempt }) => ({ stage, attempt })),
    );
}
