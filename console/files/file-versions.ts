import type { ReviewIssue, ReviewState, RunFile, AttemptPlace } from '@stagewire/client';
import { isSamePlace, isUpTo, type FilesAt } from '../run/attempt-places.ts';

/** A text that a path has had in a run, or its removal. */
export interface FileVersion {
  /** The attempt that wrote or removed it; `undefined` for the file as it was given with the task. */
  readonly at: AttemptPlace | undefined;
  /** `undefined`: from here on there was no such file. */
  readonly file: RunFile | undefined;
}

export interface ReadFileVersionsOptions {
  /** The attempts that may have changed the file, in the run's order. */
  readonly attempts: readonly AttemptPlace[];
  /** The file as it was at an attempt's end; `undefined` if there was none. */
  readonly ask: (at: AttemptPlace) => Promise<RunFile | undefined>;
  /** The file as it was given with the task. Only asked for where no attempt tells. */
  readonly askGiven: () => Promise<RunFile | undefined>;
}

/**
 * All versions of a file, oldest first. Goes back from the last attempt: each version names the attempt that wrote it,
 * and right before that attempt stood the version before.
 */
export async function readFileVersions(options: ReadFileVersionsOptions): Promise<readonly FileVersion[]> {
  const { attempts, ask, askGiven } = options;
  const versions: FileVersion[] = [];
  let index = attempts.length - 1;
  let goneAt: AttemptPlace | undefined;
  while (index >= 0) {
    const at = attempts[index];
    if (at === undefined) break;
    const file = await ask(at);
    if (file === undefined) {
      goneAt = at;
      index -= 1;
      continue;
    }
    // Absent later and there now: the attempt in between has removed it.
    if (goneAt !== undefined) versions.unshift({ at: goneAt, file: undefined });
    goneAt = undefined;
    const writtenAt = placeOf(file);
    versions.unshift({ at: writtenAt, file });
    if (writtenAt === undefined) return versions;
    index = attempts.findLastIndex((it) => isUpTo(it, writtenAt) && !isSamePlace(it, writtenAt));
  }
  // The first attempt has changed or removed it, so no attempt's end shows what it was before.
  const mayBeGiven = versions.length === 0 || isSamePlace(versions[0]?.at, attempts[0]);
  const given = mayBeGiven ? await askGiven() : undefined;
  if (given === undefined) return versions;
  if (versions.length === 0 && goneAt !== undefined) versions.push({ at: goneAt, file: undefined });
  return [{ at: undefined, file: given }, ...versions];
}

/** The version that was there at that time. */
export function versionAt(
  versions: readonly FileVersion[],
  at: FilesAt | undefined,
): FileVersion | undefined {
  if (at === undefined) return versions.at(-1);
  return versions.findLast((it) => it.at === undefined || (at !== 'given' && isUpTo(it.at, at)));
}

/** The attempt that wrote a file; `undefined` for one that was given with the task. */
export function placeOf({ stage, attempt }: Pick<RunFile, 'stage' | 'attempt'>): AttemptPlace | undefined {
  return stage === undefined || attempt === undefined ? undefined : { stage, attempt };
}

/** An issue about a file, and the stage of its review. */
export interface FileIssue {
  readonly stage: number;
  readonly issue: ReviewIssue;
}

/** The issues about one version of a file: those of the reviews that were begun while it was the present one. */
export function issuesOf(
  path: string,
  reviews: readonly ReviewState[],
  shown: { readonly at: AttemptPlace | undefined; readonly next: AttemptPlace | undefined },
): readonly FileIssue[] {
  return reviews
    .filter(({ stage }) => (shown.at?.stage ?? 0) < stage && (shown.next?.stage ?? Infinity) > stage)
    .flatMap(({ stage, issues }) =>
      issues.filter(({ file }) => file === path).map((issue) => ({ stage, issue })),
    );
}
