import type { FileState } from '@stagewire/client';

/** A file in the list of a run's files. */
export interface TreeFile extends Pick<FileState, 'path' | 'from' | 'elided'> {
  /** An attempt writes it now. */
  readonly isGrowing?: boolean;
}

export interface TreeFolder {
  readonly name: string;
  readonly folders: readonly TreeFolder[];
  readonly files: readonly TreeFile[];
}

/** The recorded files of a run, and those that are being written. */
export function treeFiles(files: readonly FileState[], growingPaths: readonly string[]): readonly TreeFile[] {
  const growing = new Set(growingPaths);
  const known = new Set(files.map(({ path }) => path));
  return [
    ...files.map(({ path, from, elided }) => ({
      path,
      from,
      ...(elided !== undefined && { elided }),
      isGrowing: growing.has(path),
    })),
    ...growingPaths
      .filter((path) => !known.has(path))
      .map((path) => ({ path, from: 'stage' as const, isGrowing: true })),
  ];
}

/** Files by folder, folders first, each sorted by name. */
export function fileTree(files: readonly TreeFile[], name = '', depth = 0): TreeFolder {
  const here = files.filter((it) => it.path.split('/').length === depth + 1);
  const below = Map.groupBy(
    files.filter((it) => it.path.split('/').length > depth + 1),
    (it) => it.path.split('/')[depth] ?? '',
  );
  return {
    name,
    folders: Array.from(below)
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([folder, inside]) => fileTree(inside, folder, depth + 1)),
    files: here.toSorted((one, other) => one.path.localeCompare(other.path)),
  };
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
