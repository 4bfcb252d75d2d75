import { fnv1a } from '../fnv-1a.ts';
import { visibleName } from './visible-name.ts';

/** A path of a run and the name under which its file is saved. */
export interface SafePath {
  /** The path as the run has it. */
  readonly path: string;
  /** Relative, with forward slashes; safe to create below a folder on Linux, macOS and Windows. */
  readonly name: string;
}

/** Bytes of UTF-8 per part of a name: file systems allow 255, and a temporary name is longer than the final one. */
const maxPartBytes = 200;
/** Bytes of UTF-8 per name: Linux allows 4,096 with the folder, and Windows fewer. */
const maxNameBytes = 1024;

/**
 * The names under which files are saved, in the order of `paths`. They depend only on the set of paths. No name leaves
 * its folder, none is reserved on Windows, and no two collide on a file system that ignores case, also not as a file and
 * a folder. A path that needs no change keeps its name, unless another path has taken it.
 */
export function safePaths(paths: readonly string[]): readonly SafePath[] {
  const names = new Map([...new Set(paths)].toSorted(byCodeUnits).map((path) => [path, safeName(path)]));
  const folders = new Set([...names.values()].flatMap(foldersOf).map(keyOf));
  const used = new Set<string>();
  // The next number to try per name: from 2 each time, many names that differ only in case would take quadratic time.
  const counts = new Map<string, number>();
  // Unchanged paths first: another one must not take their name.
  const inOrder = [...names].toSorted(
    ([one, name], [other, otherName]) => Number(one !== name) - Number(other !== otherName),
  );
  for (const [path, name] of inOrder) {
    const key = keyOf(name);
    let free = name;
    let count = counts.get(key) ?? 2;
    for (; used.has(keyOf(free)) || folders.has(keyOf(free)); count += 1) free = numbered(name, count);
    counts.set(key, count);
    used.add(keyOf(free));
    names.set(path, free);
  }
  return paths.map((path) => ({ path, name: names.get(path) ?? path }));
}

/** Linux removes them before it compares names in a folder that ignores case. `visibleName` replaces the others. */
const ignoredInNames = /[\ufe0e\ufe0f]/g;

/** Equal for names that are the same file on a file system that ignores case and Unicode normalization. */
function keyOf(name: string): string {
  // Lower case first: the capital ẞ is its own upper case, and ß becomes SS.
  const folded = name.replaceAll(ignoredInNames, '').normalize('NFKC').toLowerCase().toUpperCase();
  return folded.toLowerCase().normalize('NFKC');
}

function safeName(path: string): string {
  // Both are separators on Windows. Without empty parts, no name is absolute.
  const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  const name = parts.map(safePart).join('/');
  if (name === '') return '_';
  if (bytesOf(name) <= maxNameBytes) return name;
  return `${hashOf(path)}-${parts.map(safePart).at(-1) ?? ''}`;
}

/** Names of devices on Windows, with any extension. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\s*(?:\.|$))/i;
/** Git runs programs that its folder names. `git~1` is its short name on Windows. */
const gitFolder = /^(?:\.git|git~\d+)$/;

function safePart(part: string): string {
  const visible = visibleName(part).replaceAll(/[<>:"|?*\\/]/g, '_');
  // Windows removes them, so that `..` and `a.` would be other names.
  const ended = visible.replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  const isReserved = device.test(ended) || gitFolder.test(keyOf(ended));
  return shortened(isReserved ? `_${ended}` : ended);
}

function shortened(part: string): string {
  if (bytesOf(part) <= maxPartBytes) return part;
  const { stem, extension } = partsOf(part);
  return fitted(stem, `~${hashOf(part)}${extension}`, maxPartBytes);
}

/** The stem, cut where the part would be too long, and its end. */
function fitted(stem: string, end: string, maxBytes: number): string {
  let kept = '';
  let bytes = bytesOf(end);
  for (const character of stem) {
    bytes += bytesOf(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept + end;
}

function numbered(name: string, count: number): string {
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const { stem, extension } = partsOf(name.slice(folder.length));
  const maxBytes = Math.min(maxPartBytes, maxNameBytes - bytesOf(folder));
  return folder + fitted(stem, `~${count}${extension}`, maxBytes);
}

function partsOf(part: string): { readonly stem: string; readonly extension: string } {
  const extension = /[^.](\.[A-Za-z0-9]{1,12})$/.exec(part)?.[1] ?? '';
  return { stem: part.slice(0, part.length - extension.length), extension };
}

function foldersOf(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function hashOf(text: string): string {
  return fnv1a(text).toString(16).padStart(8, '0');
}
