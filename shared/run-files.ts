import type { FileState, RunState } from './state.ts';
import { writtenText } from './text/file-text.ts';

/** A point in a run: the end of an attempt, or `given`: the context files as they were given. */
export type FilesAt = { readonly stage: number; readonly attempt: number } | 'given';

/** A version of a file, or its removal. */
export interface FileVersion {
  readonly path: string;
  /** The attempt at whose end it became current; `stage` and `attempt` are absent for a context file. */
  readonly stage?: number;
  readonly attempt?: number;
  /** `null`: the file was removed. */
  readonly file: FileState | null;
}

/**
 * The files of a run at a point, ordered by their last change, oldest first; `undefined` if that attempt does not exist
 * or has not ended, or if the state has no `fileHistory`. Without a point: the latest files.
 */
export function filesAt(run: RunState, at?: FilesAt): readonly FileState[] | undefined {
  if (at === undefined) return run.files;
  if (run.fileHistory === undefined || (at !== 'given' && !isEndedAttempt(run, at))) return undefined;
  const files = new Map<string, FileState>();
  for (const changes of run.fileHistory) {
    for (const { path, file } of changes.files) {
      if (!isIncluded(changes, file, at)) continue;
      files.delete(path);
      if (file !== null) files.set(path, file);
    }
  }
  return [...files.values()];
}

/** Every version of a file, removals included, oldest first; if the state has no `fileHistory`, only the latest. */
export function fileVersions(run: RunState, path: string): readonly FileVersion[] {
  const { fileHistory } = run;
  if (fileHistory === undefined) {
    return run.files.filter((file) => file.path === path).map((file) => ({ path, ...placeOf(file), file }));
  }
  return fileHistory.flatMap((changes) =>
    changes.files
      .filter((change) => change.path === path)
      .map(({ file }) => ({ path, ...(isGiven(file) ? {} : placeOf(changes)), file })),
  );
}

/**
 * The text of a file at a point, by default the latest. `undefined` if there is no such file, and for a context file,
 * whose text is not in the state.
 */
export function fileText(run: RunState, path: string, at?: FilesAt): string | undefined {
  const file = filesAt(run, at)?.find((it) => it.path === path);
  return file === undefined ? undefined : writtenText(run, file);
}

interface OptionalPlace {
  readonly stage?: number | undefined;
  readonly attempt?: number | undefined;
}

function placeOf({ stage, attempt }: OptionalPlace): Pick<FileVersion, 'stage' | 'attempt'> {
  return stage === undefined || attempt === undefined ? {} : { stage, attempt };
}

/** A follow-up may add context files: after the attempts that it inherits, so they are not at the end of the last one. */
function isIncluded({ stage, attempt }: OptionalPlace, file: FileState | null, at: FilesAt): boolean {
  if (at === 'given') return isGiven(file);
  if (stage === undefined || attempt === undefined || stage < at.stage) return true;
  if (stage > at.stage) return false;
  return isGiven(file) ? attempt < at.attempt : attempt <= at.attempt;
}

function isGiven(file: FileState | null): boolean {
  return file?.from === 'input';
}

function isEndedAttempt({ stages }: RunState, at: Exclude<FilesAt, 'given'>): boolean {
  const attempts = stages.find(({ stage }) => stage === at.stage)?.attempts;
  const status = attempts?.find(({ attempt }) => attempt === at.attempt)?.status;
  return status !== undefined && status !== 'running';
}
