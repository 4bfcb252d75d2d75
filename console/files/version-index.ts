import { filesAt, fileVersions, type FilesAt, type RunState } from '@stagewire/client';
import { endedAttempts, isAtOrBefore } from '../run/attempt-places.ts';
import { writerOf } from './writer-of.ts';

/**
 * The index of the version at a point in `fileVersions`, of a removal if the file was removed before it; without a
 * point, of the latest version. -1 if the file did not exist yet, or if the state does not have that point.
 */
export function versionIndexAt(run: RunState, path: string, at: FilesAt | undefined): number {
  const versions = fileVersions(run, path);
  if (at === undefined) return versions.length - 1;
  const files = filesAt(run, at);
  if (files === undefined) return -1;
  const present = files.find((file) => file.path === path);
  if (present !== undefined) return versions.findIndex(({ file }) => file === present);
  return versions.findLastIndex((version) => {
    const writer = writerOf(version);
    return version.file === null && writer !== undefined && at !== 'given' && isAtOrBefore(writer, at);
  });
}

/** A point at which a version is the current one: its link. */
export function pointOfVersion(run: RunState, path: string, index: number): FilesAt {
  const version = fileVersions(run, path)[index];
  const writer = version === undefined ? undefined : writerOf(version);
  if (writer !== undefined) return writer;
  if (versionIndexAt(run, path, 'given') === index) return 'given';
  // A follow-up has given the file again.
  return endedAttempts(run.stages).findLast((at) => versionIndexAt(run, path, at) === index) ?? 'given';
}
