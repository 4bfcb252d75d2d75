import type { RunFile } from '@stagewire/client';

/** A file of two runs. */
export interface ComparedFile {
  readonly path: string;
  readonly kind: 'changed' | 'added' | 'removed' | 'same';
  /** The text in the first run; '' if it does not have the file. */
  readonly before: string;
  /** The text in the second run; '' if it does not have the file. */
  readonly after: string;
}

/** The files of two runs by path. */
export function compareFiles(before: readonly RunFile[], after: readonly RunFile[]): readonly ComparedFile[] {
  const old = new Map(before.map(({ path, text }) => [path, text]));
  const now = new Map(after.map(({ path, text }) => [path, text]));
  return Array.from(new Set([...old.keys(), ...now.keys()]))
    .toSorted((one, other) => one.localeCompare(other))
    .map((path) => {
      const [was, is] = [old.get(path), now.get(path)];
      const kind =
        was === undefined ? 'added' : is === undefined ? 'removed' : was === is ? 'same' : 'changed';
      return { path, kind, before: was ?? '', after: is ?? '' };
    });
}

/** The size of a file that is compared in the page, in chars of both texts; larger ones would block the page. */
const maxDiffChars = 600_000;

/** Whether a file is small enough to be compared in the page. */
export function isComparable({ before, after }: ComparedFile): boolean {
  return before.length + after.length <= maxDiffChars;
}
