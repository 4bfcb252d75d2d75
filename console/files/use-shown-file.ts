import { useMemo } from 'react';
import type { FilesAt, RunFile, RunState } from '@stagewire/client';
import { useFileVersions, useRunFile, type FileVersionText } from '@stagewire/client/react';
import { isSameAttempt } from '../run/attempt-places.ts';
import { versionIndexAt } from './version-index.ts';
import { writerOf } from './writer-of.ts';

export interface ShownFile {
  /** All versions, oldest first; of an older server only the latest. */
  readonly versions: readonly FileVersionText[];
  /** The index of the shown version in `versions`; -1 if it is not one of them. */
  readonly index: number;
  /** The shown version with its text; `undefined` while it loads, and if there is none. */
  readonly file: RunFile | undefined;
  readonly isLoading: boolean;
  /** Why a text could not be fetched. */
  readonly error: Error | undefined;
  retry(): void;
}

/** A version of a file from the state of its run. Only what the state does not have is fetched. */
export function useShownFile(state: RunState, path: string, at: FilesAt | undefined): ShownFile {
  const { runId } = state;
  const { versions, error, retry } = useFileVersions(runId, path);
  const index = versionIndexAt(state, path, at);
  const version = versions[index];
  // The state of an older server has no earlier versions.
  const fetched = useRunFile(runId, version === undefined ? path : undefined, at);
  const known = useMemo(() => (version === undefined ? undefined : fileOf(version)), [version]);
  if (version !== undefined) {
    const isLoading = version.file !== null && known === undefined && error === undefined;
    return { versions, index, file: known, isLoading, error, retry };
  }
  const { file, status } = fetched;
  return {
    versions,
    index: file === undefined ? -1 : versions.findIndex((it) => isSameAttempt(writerOf(it), writerOf(file))),
    file,
    isLoading: status === 'loading',
    error: fetched.error,
    retry: fetched.retry,
  };
}

function fileOf({ file, text }: FileVersionText): RunFile | undefined {
  if (file === null || text === undefined) return undefined;
  const { path, language, from, stage, attempt, elided } = file;
  return { path, language, from, stage, attempt, elided, text };
}
