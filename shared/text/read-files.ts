import type { SkipReason, TextPart } from '../primitives.ts';
import { cleanPath, languageOf, looksLikePath } from './file-path.ts';
import { findFences } from './fences.ts';
import type { Fence } from './fences.ts';

/** A file that stands in a text. */
export interface WrittenFile {
  readonly path: string;
  /** In lower case: what the fence's info string says, else what the extension stands for, else `text`. */
  readonly language: string;
  /** The pieces of the text that are its content, in order. Its last line end is part of it; the fence lines are not. */
  readonly parts: readonly TextPart[];
  /** A placeholder stands where something was left out, and it was taken all the same: see `acceptElided`. */
  readonly elided?: true;
}

/** A block that asks for a file to be removed. */
export interface RemovedFile extends TextPart {
  readonly path: string;
}

/** A block that became no file, and why. */
export interface SkippedFile extends TextPart {
  readonly reason: SkipReason;
  readonly path?: string;
}

/** Everything that a text says about files. */
export interface TextFiles {
  /** By position; of blocks with one path the last one. */
  readonly files: readonly WrittenFile[];
  readonly removed: readonly RemovedFile[];
  /** By position. */
  readonly skipped: readonly SkippedFile[];
  /** The text says by an empty block `unchanged` that nothing is to be changed. */
  readonly unchanged: boolean;
  /** What stands beside the blocks above: prose, and blocks that are no files. */
  readonly notes: string;
}

export interface ReadFilesOptions {
  /** The text of a path as it is now, context files included; `undefined` if there is no such file. */
  readonly present?: (path: string) => string | undefined;
  /** Offsets at which an attempt went on with a text that was cut off, ascending: the seam is mended there. */
  readonly seams?: readonly number[];
  /** Take a new file that seems to leave something out: it was repaired once, or cannot be. @default false */
  readonly acceptElided?: boolean;
  /** Files in one text; what comes under further paths is skipped. @default 1000 */
  readonly maxFiles?: number;
}

/** What is shown, not what a file holds, even where a path stands beside it. */
const notFiles: ReadonlySet<string> = new Set(['diff', 'patch']);

/**
 * The files in a text: its fenced code blocks that have a path, and what became of the other blocks. The path is named
 * by the info string, else by the line before the block (a blank line may be between), else by a comment in the block's
 * first line, which stays part of the content. The content is exactly what stands in the text.
 */
export function readFiles(text: string, options: ReadFilesOptions = {}): TextFiles {
  const { maxFiles = 1000 } = options;
  const latest = new Map<string, WrittenFile>();
  const skipped: SkippedFile[] = [];
  let notes = '';
  let end = 0;
  for (const fence of findFences(text)) {
    const file = fence.isClosed ? toFile(text, fence) : undefined;
    if (file === undefined) continue;
    notes += text.slice(end, fence.start);
    end = fence.end;
    // Each becomes an event that looks through all of the run's files.
    if (!latest.delete(file.path) && latest.size >= maxFiles) continue;
    latest.set(file.path, file);
  }
  return {
    files: [...latest.values()],
    removed: [],
    skipped,
    unchanged: false,
    notes: notes + text.slice(end),
  };
}

function toFile(text: string, fence: Fence): WrittenFile | undefined {
  const info = readInfo(fence.info);
  if (notFiles.has(info.language)) return undefined;
  const name = info.path ?? pathOfLine(fence.lineBefore) ?? pathOfComment(text, fence, info.language);
  const path = name === undefined ? undefined : cleanPath(name);
  if (path === undefined) return undefined;
  const language = info.language === '' ? languageOf(path) : info.language;
  return { path, language, parts: [{ offset: fence.start, chars: fence.end - fence.start }] };
}

/** Longer lines name no file: the longest path, and room for what stands around it. */
const maxNamingChars = 600;

interface Info {
  readonly language: string;
  readonly path: string | undefined;
}

/** Reads `ts src/app.ts`, `ts path=src/app.ts`, `ts title="src/app.ts"`, `ts:src/app.ts`, `src/app.ts`, `{.ts …}`. */
function readInfo(whole: string): Info {
  if (whole.length > maxNamingChars) return { language: '', path: undefined };
  const info = whole.replace(/^\{\s*\.?|\}$/g, '').trim();
  const [first = '', ...rest] = info.split(/\s+/);
  const [beforeColon = '', afterColon = ''] = first.split(/:(.*)/, 2);
  const language = languageToken(beforeColon);
  const key = /(?:^|[\s:])(path|file|filename|title)=(?:"([^"]*)"|'([^']*)'|([^\s"']+))/.exec(info);
  const value = key?.[2] ?? key?.[3] ?? key?.[4] ?? '';
  // A title may be any words; the other keys say that it is a path.
  if (value !== '' && (key?.[1] !== 'title' || looksLikePath(value, 'info')))
    return { language, path: value };
  const next = rest[0] === '//' || rest[0] === '#' ? rest[1] : rest[0];
  const path = [next ?? '', afterColon].find((token) => !/[="']/.test(token) && looksLikePath(token, 'info'));
  if (path !== undefined) return { language, path };
  // A lone word with a slash may be a media type, so it must look as much like a path as a line of prose.
  if (looksLikePath(first, 'line')) return { language: '', path: first };
  return { language, path: undefined };
}

function languageToken(token: string): string {
  return /^[a-z0-9+#._-]{1,32}$/i.test(token) ? token.toLowerCase() : '';
}

/** Reads a line that is nothing but a path and its decoration: a heading, a list item, bold, code, `File: …`. */
function pathOfLine(line: string): string | undefined {
  if (line.length > maxNamingChars) return undefined;
  const bare = line
    .trim()
    .replace(/^(?:#{1,6}|[-*+]|\d{1,3}[.)])\s+/, '')
    .replace(/^\d{1,3}[.)]\s+/, '')
    .replace(/:$/, '')
    .trim()
    .replace(/\([^()]*\)$/, '');
  return pathOfWords(bare);
}

function pathOfComment(text: string, fence: Fence, language: string): string | undefined {
  const lineEnd = text.indexOf('\n', fence.start);
  if (lineEnd === -1 || lineEnd > fence.end || lineEnd - fence.start > maxNamingChars) return undefined;
  const line = text.slice(fence.start, lineEnd).trim();
  // In Markdown `# name.md` is a title, not a comment.
  const hash = language === 'markdown' || language === 'md' ? '' : '#(?!!)|';
  const comment =
    /^<!--(.*)-->$/.exec(line) ??
    /^\/\*+(.*)\*\/$/.exec(line) ??
    new RegExp(`^(?:${hash}//|--|;+|%+)(.*)$`).exec(line);
  return comment?.[1] === undefined ? undefined : pathOfWords(comment[1].trim());
}

/** Takes emphasis, backticks, `File:` and its like off, in whichever order they stand. */
function pathOfWords(words: string): string | undefined {
  const plain = words.replace(/[*`]/g, '').trim();
  const name = plain
    .replace(/^(?:file ?name|file ?path|file|path):/i, '')
    .replace(/:$/, '')
    .trim();
  const bare = /^__(.+)__$/.exec(name)?.[1] ?? name;
  return looksLikePath(bare, 'line') ? bare : undefined;
}
