import { lstat, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** A file to save, below the folder. */
export interface FileToSave {
  /** The path in the run. */
  readonly path: string;
  /** Its safe name, relative to the folder, with forward slashes. */
  readonly name: string;
  readonly text: string;
}

/** What is at the place of a file before it is saved. */
export type Target = 'new' | 'same' | 'different';

export interface CheckedFile extends FileToSave {
  /** The absolute path on this machine. */
  readonly target: string;
  readonly present: Target;
}

/** Why a file cannot be saved, as a sentence. */
export interface Conflict {
  readonly name: string;
  readonly why: string;
  /** Whether `--force` would replace what is there. */
  readonly isReplaceable: boolean;
}

/** Bytes of a path that Linux accepts; other systems report their own limit when the file is written. */
const maxTargetBytes = 4095;

/**
 * Looks at the place of each file without changing anything. Nothing may lie outside of the folder: a link on the way to
 * a file must lead to a place inside.
 *
 * @param folder The absolute path of the folder; it need not exist.
 * @returns `root`: its real path.
 */
export async function checkTargets(
  folder: string,
  files: readonly FileToSave[],
): Promise<{
  readonly root: string;
  readonly files: readonly CheckedFile[];
  readonly conflicts: readonly Conflict[];
}> {
  const root = (await realPathOf(folder)) ?? folder;
  const checked: CheckedFile[] = [];
  const conflicts: Conflict[] = [];
  const places = new Map<string, string>();
  for (const file of files) {
    const target = resolve(root, ...file.name.split('/'));
    const why = await problemWith(root, file.name, target);
    if (why !== undefined) {
      conflicts.push({ name: file.name, why, isReplaceable: false });
      continue;
    }
    const place = await placeOf(target);
    const other = places.get(place);
    if (other !== undefined) {
      const same = `a link makes it the same file as ${other}`;
      conflicts.push({ name: file.name, why: same, isReplaceable: false });
      continue;
    }
    places.set(place, file.name);
    const present = await presentAt(target, file.text);
    checked.push({ ...file, target, present });
    if (present === 'different') {
      conflicts.push({ name: file.name, why: 'a different file is there', isReplaceable: true });
    }
  }
  return { root, files: checked, conflicts };
}

async function problemWith(root: string, name: string, target: string): Promise<string | undefined> {
  // Safe names make it impossible; it is checked nevertheless, since this is the last check.
  if (!isInside(root, target)) return 'it would be outside of the folder';
  if (Buffer.byteLength(target) > maxTargetBytes) return 'its path would be too long';
  const parts = name.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = join(root, ...parts.slice(0, depth));
    const kind = await kindOf(folder);
    if (kind === 'none') return undefined;
    const shown = parts.slice(0, depth).join('/');
    if (kind === 'link') {
      const real = await realPathOf(folder);
      if (real === root) return `${shown} is a link to the folder itself`;
      if (real === undefined || !isInside(root, real)) {
        return `${shown} is a link that leads out of the folder`;
      }
      if ((await kindOf(real)) !== 'folder') return `${shown} is not a folder`;
    } else if (kind !== 'folder') {
      return `${shown} is not a folder`;
    }
  }
  const kind = await kindOf(target);
  if (kind === 'folder') return 'a folder with this name is there';
  return kind === 'other' ? 'it is neither a file nor a folder' : undefined;
}

/** The path without links in its folders: two names may be one file. */
async function placeOf(target: string): Promise<string> {
  const folder = dirname(target);
  const real = await realPathOf(folder);
  if (real !== undefined || folder === target) return join(real ?? folder, basename(target));
  return join(await placeOf(folder), basename(target));
}

/** A link is different, whatever it leads to: saving replaces the link itself. */
async function presentAt(target: string, text: string): Promise<Target> {
  const kind = await kindOf(target);
  if (kind === 'none') return 'new';
  if (kind === 'link') return 'different';
  const bytes = Buffer.from(text);
  const { size } = await lstat(target);
  return size === bytes.length && bytes.equals(await readFile(target)) ? 'same' : 'different';
}

type Kind = 'none' | 'file' | 'folder' | 'link' | 'other';

async function kindOf(path: string): Promise<Kind> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return 'link';
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? 'file' : 'other';
  } catch (error) {
    if (codeIn(error) === 'ENOENT' || codeIn(error) === 'ENOTDIR') return 'none';
    throw error;
  }
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeIn(error) === 'ENOENT' || codeIn(error) === 'ELOOP') return undefined;
    throw error;
  }
}

/** Whether `path` is below `root`, both absolute and without links. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

export function codeIn(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
