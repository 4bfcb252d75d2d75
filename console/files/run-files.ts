import type { FileState } from '@stagewire/client';

export interface TreeFolder {
  readonly name: string;
  readonly folders: readonly TreeFolder[];
  readonly files: readonly FileState[];
}

/** Files by folder, folders first, each sorted by name. */
export function fileTree(files: readonly FileState[], name = '', depth = 0): TreeFolder {
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
