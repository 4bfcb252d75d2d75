import { cleanPath, languageOf, looksLikePath } from './artifact-path.ts';
import { findFences } from './fences.ts';
import type { Fence } from './fences.ts';

/** A file that stands in a finished text. */
export interface Artifact {
  readonly path: string;
  /** In lower case: what the fence's info string says, else what the extension stands for, else `text`. */
  readonly language: string;
  /** Where the file's content begins in the text, in UTF-16 units, as `chars`. */
  readonly offset: number;
  /** How long the content is. Its last line end is part of it; the fence lines are not. May be 0. */
  readonly chars: number;
}

/** What is shown, not what a file holds, even where a path stands beside it. */
const notFiles: ReadonlySet<string> = new Set(['diff', 'patch']);

/**
 * The files in a finished text, by position: its fenced code blocks that have a path. The path is named by the info
 * string, else by the line before the block (a blank line may be between), else by a comment in the block's first
 * line, which stays part of the content.
 *
 * Left out are: a block whose path is not clean and relative; a block that is still open at the end of the text,
 * since its file is cut off; diffs; and all but the last of the blocks with one path. The content is exactly what
 * stands in the text: an indented block keeps its indentation, CRLF stays CRLF.
 *
 * @param options.maxArtifacts Paths in one text; what comes under further ones is left out. @default 1000
 */
export function findArtifacts(text: string, options: { readonly maxArtifacts?: number } = {}): Artifact[] {
  const { maxArtifacts = 1000 } = options;
  const latest = new Map<string, Artifact>();
  for (const fence of findFences(text)) {
    const artifact = fence.isClosed ? toArtifact(text, fence) : undefined;
    if (artifact === undefined) continue;
    // Each becomes an event that looks through all of the run's files.
    if (!latest.delete(artifact.path) && latest.size >= maxArtifacts) continue;
    latest.set(artifact.path, artifact);
  }
  return [...latest.values()];
}

function toArtifact(text: string, fence: Fence): Artifact | undefined {
  const info = readInfo(fence.info);
  if (notFiles.has(info.language)) return undefined;
  const name = info.path ?? pathOfLine(fence.lineBefore) ?? pathOfComment(text, fence, info.language);
  const path = name === undefined ? undefined : cleanPath(name);
  if (path === undefined) return undefined;
  const language = info.language === '' ? languageOf(path) : info.language;
  return { path, language, offset: fence.start, chars: fence.end - fence.start };
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
