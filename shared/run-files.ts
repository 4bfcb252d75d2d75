import type { FileState, FileVersion, RunState } from './state.ts';
import { writtenText } from './text/file-text.ts';

/** A point in a run: the end of an attempt, or `given`, the start, when there were only the context files. */
export type FilesAt = { readonly stage: number; readonly attempt: number } | 'given';

/**
 * The files of a run at a point, ordered by their last change, oldest first; `undefined` if that attempt does not exist
 * or has not ended, or if the state has no `fileHistory`. Without a point: the latest files.
 */
export function filesAt(run: RunState, at?: FilesAt): readonly FileState[] | undefined {
  if (at === undefined) return run.files;
  if (run.fileHistory === undefined || (at !== 'given' && !isEndedAttempt(run, at))) return undefined;
  const files = new Map<string, FileState>();
  for (const version of run.fileHistory) {
    if (!isAtOrBefore(version, at)) continue;
    files.delete(version.path);
    if (version.file !== null) files.set(version.path, version.file);
  }
  return [...files.values()];
}

/** Every version of a file, removals included, oldest first; if the state has no `fileHistory`, only the latest. */
export function fileVersions(run: RunState, path: string): readonly FileVersion[] {
  const known = run.fileHistory ?? run.files.map(versionOf);
  return known.filter((version) => version.path === path);
}

/**
 * The text of a file at a point, by default the latest. `undefined` if there is no such file, and for a context file,
 * whose text is not in the state.
 */
export function fileText(run: RunState, path: string, at?: FilesAt): string | undefined {
  const file = filesAt(run, at)?.find((it) => it.path === path);
  return file === undefined ? undefined : writtenText(run, file);
}

function versionOf(file: FileState): FileVersion {
  const { path, stage, attempt } = file;
  return {
    path,
    ...(stage !== undefined && { stage }),
    ...(attempt !== undefined && { attempt }),
    file,
  };
}

function isAtOrBefore({ stage, attempt }: FileVersion, at: FilesAt): boolean {
  if (stage === undefined || attempt === undefined) return true;
  if (at === 'given') return false;
  return stage < at.stage || (stage === at.stage && attempt <= at.attempt);
}

function isEndedAttempt({ stages }: RunState, at: Exclude<FilesAt, 'given'>): boolean {
  const attempts = stages.find(({ stage }) => stage === at.stage)?.attempts;
  const status = attempts?.find(({ attempt }) => attempt === at.attempt)?.status;
  return status !== undefined && status !== 'running';
}
