import { looksLikePath, looksLikeSpacedPath } from './file-path.ts';
import { maxNamingChars } from './info-string.ts';

/** A tag that opens a file: `<file path="src/a.ts">`, `<boltAction type="file" filePath="src/a.ts">`. */
export interface FileTag {
  readonly tag: string;
  readonly path: string;
  /** End of the tag within the line. */
  readonly end: number;
  /** The enclosing tag, and how far after the line the content begins if the path has its own tag; otherwise 0. */
  readonly outer: string;
  readonly behind: number;
}

const attribute =
  /\s(path|file_?path|file_?name|target_file|name|file)\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|\{["'`]([^"'`<>]*)["'`]\})/gi;

/** Reads the tag at the beginning of `line`, after blanks. */
export function readFileTag(line: string, following = ''): FileTag | undefined {
  const match = /^[ \t]*<([A-Za-z][\w:.-]{0,40})((?:\s[^<>]{0,600})?)>/.exec(line);
  if (match === null) return undefined;
  const [whole, tag = '', attributes = ''] = match;
  if (attributes.endsWith('/') || /\stype\s*=\s*["'](?!file)/i.test(attributes)) return undefined;
  for (const [, key = '', double, single, braced] of attributes.matchAll(attribute)) {
    const path = (double ?? single ?? braced ?? '').trim();
    if (/^(?:name|file)$/i.test(key) && !/file|code|artifact|document/i.test(tag)) continue;
    if (
      /^(?:path|name|file|filename|file_name)$/i.test(key) &&
      /^(?:delete|remove|read|view|open|run|svg|input|script|img|a|link|dyad-delete|lov-delete)/i.test(tag)
    )
      continue;
    if (isPath(path)) return { tag, path, end: whole.length, outer: tag, behind: 0 };
  }
  return attributes === '' ? tagWithPathInside(tag, whole.length, following) : undefined;
}

/** `<write_to_file>`, then `<path>src/a.ts</path>` and `<content>` on lines of their own. */
function tagWithPathInside(outer: string, end: number, following: string): FileTag | undefined {
  if (!/^(?:write|create|new|save|update|add)?_?(?:to_)?file$/i.test(outer)) return undefined;
  const match =
    /^\s*<(path|file_?path|file_?name|name)>\s*([^<>\n]{1,512}?)\s*<\/\1>\s*<(contents?|code|text|body)>(?:[ \t]*\r?\n)?/i.exec(
      following,
    );
  const [whole = '', , path = '', tag = ''] = match ?? [];
  return isPath(path) ? { tag, path, end, outer, behind: whole.length } : undefined;
}

function isPath(path: string): boolean {
  return looksLikePath(path, 'info') || looksLikeSpacedPath(path);
}

/** The path of a tag that is alone on its line: it names the block below it. */
export function nameOfTag(line: string): { readonly name: string; readonly isExcerpt: boolean } | undefined {
  if (line.length > maxNamingChars || !/^\s*</.test(line)) return undefined;
  const tag = readFileTag(line);
  return tag === undefined || line.slice(tag.end).trim() !== ''
    ? undefined
    : { name: tag.path, isExcerpt: false };
}
