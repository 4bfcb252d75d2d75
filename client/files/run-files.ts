import * as shared from '@stagewire/shared/run-files';
import type { FileState, RunState } from '../generated/contract.ts';
import type { AttemptPlace } from './attempt-place.ts';

// What server and client share at run time, in terms of the generated types.

/** A point in a run: the end of an attempt, or `given`: the context files as they were given. */
export type FilesAt = AttemptPlace | 'given';

/** A version of a file, or its removal. */
export interface FileVersion {
  /** Path of the file. */
  readonly path: string;
  /** The stage whose attempt wrote or removed it; absent for a context file. */
  readonly stage?: number;
  /** The attempt at whose end it became current; absent for a context file. */
  readonly attempt?: number;
  /** The file; `null`: it was removed. */
  readonly file: FileState | null;
}

/**
 * The files of a run at a point, ordered by their last change, oldest first; `undefined` if that attempt does not exist
 * or has not ended, or if the state has no `fileHistory`. Without a point: the latest files. Pure; sends no request.
 */
export const filesAt: (run: RunState, at?: FilesAt) => readonly FileState[] | undefined = shared.filesAt;

/**
 * Every version of a file, removals (`file: null`) and its context file (no `stage`) included, oldest first. If the state
 * has no `fileHistory`, as from an older server, only the latest. Pure; sends no request.
 */
export const fileVersions: (run: RunState, path: string) => readonly FileVersion[] = shared.fileVersions;

/**
 * The text of a file at a point, by default the latest. `undefined` if there is no such file, and for a context file:
 * its text is not in the state, `Run.contextFiles` fetches it. Pure; sends no request.
 */
export const fileText: (run: RunState, path: string, at?: FilesAt) => string | undefined = shared.fileText;
