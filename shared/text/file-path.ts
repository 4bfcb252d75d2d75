import { isCaption, isKnownNotFile, isWholeName } from './known-names.ts';
import { baseOf, hasKnownExtension } from './language-of.ts';
import { unseenIn } from './visible-name.ts';

/** Where a name was found; it decides how strictly the name must look like a path. */
export type NameSource = 'info' | 'line';

/** Characters at the end of a name that are decoration, or a sign that it is a part of something longer. */
const oddEnds = /^[:|,;=<>*?"'`&]|[:|([{,;=<>*?"'`&]$/;

/**
 * Could `name` be the path of a file? By its form only: `cleanPath` decides whether the path is allowed. `info`, the
 * word after the language, needs a dot, a slash, a known name or a capital first letter. `line` is prose, so it needs a
 * known name or extension, or any extension together with a slash. `looksLikeSpacedPath` handles blanks.
 */
export function looksLikePath(name: string, source: NameSource): boolean {
  if (/\s/.test(name) || name.includes('://') || oddEnds.test(name) || /[<>|*?"]/.test(name)) return false;
  const base = baseOf(name);
  if (base === '' || /^\.+$/.test(base)) return false;
  if (isWholeName(base, source === 'line' && base === name)) return true;
  const hasSlash = base !== name;
  const hasExtension = /[^.]\.[a-z0-9][\w-]{0,15}$/i.test(base) && !/^v?\d+(?:\.\d+)*$/i.test(base);
  if (source === 'line') {
    if (hasSlash) return hasExtension && /\.[a-z]|\.\d*[a-z]/i.test(base);
    return !isKnownNotFile(base) && hasExtension && hasKnownExtension(base);
  }
  if (hasSlash) return true;
  if (hasExtension) return !/^[\d.]+$/.test(base);
  return /^[A-Z][\w-]*$/.test(base) && !isCaption(base);
}

/** The same for a name with blanks in it, as `docs/My Notes.md`: it must end with an extension. */
export function looksLikeSpacedPath(name: string): boolean {
  return (
    /\s/.test(name) &&
    /^[^\s:|<>*?"'`=(){}][^:|<>*?"'`={}]*\.[A-Za-z][A-Za-z0-9]{0,9}$/.test(name) &&
    !/\s[-–—]|,\s|\s\/|\.\s|\.[A-Za-z][A-Za-z0-9]{0,9}\s/.test(name) &&
    hasKnownExtension(name)
  );
}

/** Characters of a path. */
export const maxPathChars = 512;

/**
 * Is `path` relative and clean, with forward slashes and without invisible characters? It is a name for the model,
 * never a path on the disk of the server.
 */
export function isCleanRelativePath(path: string): boolean {
  if (path.includes('\\') || unseenIn(path).length > 0 || /^[A-Za-z]:/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** What is wrong with a path that `isCleanRelativePath` rejects. */
export function pathProblem(path: string): string {
  const unseen = unseenIn(path);
  return unseen.length === 0
    ? 'must be a clean relative path with forward slashes, as in src/app.ts'
    : `has characters in it that cannot be seen or turn the text around: ${unseen.slice(0, 3).join(', ')}`;
}

/**
 * The path as it is logged, with forward slashes and without a leading `./`; `undefined` if it is not allowed: see the
 * paths of `InputFile`. A path below a home directory, `~/…`, is not relative either.
 */
export function cleanPath(path: string): string | undefined {
  const slashed = path.replaceAll('\\', '/');
  const bare = slashed.startsWith('./') ? slashed.slice(2) : slashed;
  if (/^~[^/]*\//.test(bare) || bare.length > maxPathChars) return undefined;
  return isCleanRelativePath(bare) ? bare : undefined;
}

/** Is it the path of a Markdown file? */
export function isMarkdownPath(path: string): boolean {
  return /\.(?:md|mdx|markdown|mkd)$/i.test(path);
}
