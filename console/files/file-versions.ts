import type { ReviewIssue, ReviewState, RunFile, AttemptPlace } from '@stagewire/client';
import { isSameAttempt, isAtOrBefore, type FilesAt } from '../run/attempt-places.ts';

/** A version of a file in a run, or its removal. */
export interface FileVersion {
  /** The attempt that wrote or removed it; `undefined` for a context file. */
  readonly at: AttemptPlace | undefined;
  /** `undefined` for a removal. */
  readonly file: RunFile | undefined;
}

export interface ReadFileVersionsOptions {
  /** The attempts that may have changed the file, in the run's order. */
  readonly attempts: readonly AttemptPlace[];
  /** Loads the file at an attempt's end; `undefined` if it did not exist. */
  readonly load: (at: AttemptPlace) => Promise<RunFile | undefined>;
  /** Loads the context file. Only called if the versions of the attempts do not include it. */
  readonly loadGiven: () => Promise<RunFile | undefined>;
}

/**
 * All versions of a file, oldest first. Reads backwards from the last attempt: each version names the attempt that wrote
 * it, and the previous version is the one at the end of the attempt before.
 */
export async function readFileVersions(options: ReadFileVersionsOptions): Promise<readonly FileVersion[]> {
  const { attempts, load, loadGiven } = options;
  const versions: FileVersion[] = [];
  let index = attempts.length - 1;
  let removedAt: AttemptPlace | undefined;
  while (index >= 0) {
    const at = attempts[index];
    if (at === undefined) break;
    const file = await load(at);
    if (file === undefined) {
      removedAt = at;
      index -= 1;
      continue;
    }
    // Absent at the later attempt, present at this one: the later one removed it.
    if (removedAt !== undefined) versions.unshift({ at: removedAt, file: undefined });
    removedAt = undefined;
    const writtenAt = writerOf(file);
    versions.unshift({ at: writtenAt, file });
    if (writtenAt === undefined) return versions;
    index = attempts.findLastIndex((it) => isAtOrBefore(it, writtenAt) && !isSameAttempt(it, writtenAt));
  }
  // If the first attempt changed or removed it, no attempt's end has the original.
  const mayBeGiven = versions.length === 0 || isSameAttempt(versions[0]?.at, attempts[0]);
  const given = mayBeGiven ? await loadGiven() : undefined;
  if (given === undefined) return versions;
  if (versions.length === 0 && removedAt !== undefined) versions.push({ at: removedAt, file: undefined });
  return [{ at: undefined, file: given }, ...versions];
}

/** The version at a time. */
export function versionAt(
  versions: readonly FileVersion[],
  at: FilesAt | undefined,
): FileVersion | undefined {
  if (at === undefined) return versions.at(-1);
  return versions.findLast((it) => it.at === undefined || (at !== 'given' && isAtOrBefore(it.at, at)));
}

/** The attempt that wrote a file; `undefined` for a context file. */
export function writerOf({ stage, attempt }: Pick<RunFile, 'stage' | 'attempt'>): AttemptPlace | undefined {
  return stage === undefined || attempt === undefined ? undefined : { stage, attempt };
}

/** An issue about a file, and the stage of its review. */
export interface FileIssue {
  readonly stage: number;
  readonly issue: ReviewIssue;
}

/** The issues of one version of a file: those of the reviews that started while it was the latest. */
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
