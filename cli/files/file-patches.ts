import type { StructuredPatch } from 'diff';
import { visibleName } from '@stagewire/shared/text/visible-name';
import type { FilesAt, RunFile } from '@stagewire/client';
import { placeText } from './files-at.ts';

/** The JSON document of `files --diff --json`. */
export interface FilePatches {
  readonly runId: string;
  readonly from: FilesAt;
  /** Absent for the latest files. */
  readonly to?: FilesAt;
  /** Only files that differ, ordered by path. */
  readonly files: readonly FilePatch[];
}

/** How one file differs. */
export interface FilePatch {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Lines. */
  readonly added: number;
  readonly removed: number;
  /** A patch in the unified format, for `git apply` or `patch -p1`. */
  readonly patch: string;
}

export interface FilePatchesOptions {
  readonly runId: string;
  readonly from: FilesAt;
  readonly to: FilesAt | undefined;
}

/** Edits of lines above which a patch replaces the whole file: the shortest one would take too long. */
const maxEdits = 2000;

/** The differences between the files at two points of a run. */
export async function filePatches(
  before: readonly RunFile[],
  after: readonly RunFile[],
  { runId, from, to }: FilePatchesOptions,
): Promise<FilePatches> {
  // Loaded on demand: few commands compare files.
  const { FILE_HEADERS_ONLY, formatPatch, structuredPatch } = await import('diff');
  const old = new Map(before.map(({ path, text }) => [path, text]));
  const now = new Map(after.map(({ path, text }) => [path, text]));
  const patchOf = (path: string): FilePatch[] => {
    const [one, other] = [old.get(path), now.get(path)];
    if (one === other) return [];
    const names = [
      one === undefined ? '/dev/null' : `a/${visibleName(path)}`,
      other === undefined ? '/dev/null' : `b/${visibleName(path)}`,
    ] as const;
    const headers = [placeText(from), to === undefined ? 'latest' : placeText(to)] as const;
    const patchFrom = (old = '', now = '') => structuredPatch(...names, old, now, ...headers, { context: 3 });
    const patch =
      structuredPatch(...names, one ?? '', other ?? '', ...headers, {
        context: 3,
        maxEditLength: maxEdits,
      }) ?? replacing(patchFrom(one), patchFrom(undefined, other));
    const lines = patch.hunks.flatMap((hunk) => hunk.lines);
    return [
      {
        path,
        change: one === undefined ? 'added' : other === undefined ? 'removed' : 'changed',
        added: lines.filter((line) => line.startsWith('+')).length,
        removed: lines.filter((line) => line.startsWith('-')).length,
        patch:
          patch.hunks.length === 0
            ? emptyFile(path, one === undefined)
            : formatPatch(patch, FILE_HEADERS_ONLY),
      },
    ];
  };
  const paths = [...new Set([...old.keys(), ...now.keys()])].toSorted();
  return { runId, from, ...(to !== undefined && { to }), files: paths.flatMap(patchOf) };
}

/** Without lines, only the extended header of Git has the change. */
function emptyFile(path: string, isNew: boolean): string {
  const name = visibleName(path);
  return `diff --git a/${name} b/${name}\n${isNew ? 'new' : 'deleted'} file mode 100644\n`;
}

/** Removes all of the one and adds all of the other. */
function replacing(removal: StructuredPatch, addition: StructuredPatch): StructuredPatch {
  const [from] = removal.hunks;
  const [to] = addition.hunks;
  if (from === undefined || to === undefined) return from === undefined ? addition : removal;
  const { oldStart, oldLines } = from;
  const { newStart, newLines } = to;
  return {
    ...removal,
    hunks: [{ oldStart, oldLines, newStart, newLines, lines: [...from.lines, ...to.lines] }],
  };
}
