import type { FenceLine } from './fence-line.ts';
import { isMarkdownPath } from './file-path.ts';
import { languageOf } from './language-of.ts';
import { nameOfTag } from './file-tags.ts';
import { maxNamingChars, readInfo, type Info } from './info-string.ts';
import { nameInComment, nameInMarkdownComment } from './naming-comment.ts';
import { mentionsPath, nameOfLine, type LineName } from './naming-line.ts';

/** The name of a block: its language and its path. */
export interface BlockName {
  /** From the info string, in lower case; `''` if it names none. */
  readonly language: string;
  /** The file as it was named; it need not be a clean path. */
  readonly name?: string;
  /** Source of the name: the info string, or words before the block or in its first lines. */
  readonly source: 'info' | 'line' | 'comment' | 'none';
  readonly isExcerpt: boolean;
}

const markdown: ReadonlySet<string> = new Set('md mdx markdown mkd'.split(' '));
const shells: ReadonlySet<string> = new Set('sh bash shell zsh cmd powershell ps1 bat'.split(' '));
const sessions: ReadonlySet<string> = new Set(
  'console terminal output shell-session shellsession sh-session bash-session stdout stderr'.split(' '),
);
/** Languages of files that are never shell commands. */
const programs: ReadonlySet<string> = new Set(
  'ts tsx js jsx python go rust java kotlin c cpp csharp ruby php swift scala html css scss json vue svelte markdown sql'.split(
    ' ',
  ),
);
const canonical: Readonly<Record<string, string>> = {
  'c++': 'cpp',
  cs: 'csharp',
  golang: 'go',
  htm: 'html',
  javascript: 'js',
  kt: 'kotlin',
  markdown: 'markdown',
  md: 'markdown',
  mdx: 'markdown',
  mkd: 'markdown',
  node: 'js',
  ps1: 'powershell',
  py: 'python',
  python3: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  typescript: 'ts',
  typescriptreact: 'tsx',
  javascriptreact: 'jsx',
  yml: 'yaml',
  zsh: 'bash',
};

/** The language under one of its names: `ts` for `typescript`. */
export function canonicalLanguage(language: string): string {
  return canonical[language] ?? language;
}

/** Is it a language whose blocks may contain fenced blocks? */
export function isMarkdownLanguage(language: string): boolean {
  return markdown.has(language);
}

/**
 * The name of the block that `fence` opens: from its info string, else from the line before it (with up to two blank
 * lines between), else from a comment in the first lines of its content, else from a line with one sentence between.
 */
export function nameBlock(text: string, fence: FenceLine): BlockName {
  const info = readInfo(fence.info);
  const { language } = info;
  if (info.name !== undefined && info.isWeak === undefined) {
    return { language, name: info.name, source: 'info', isExcerpt: info.isExcerpt };
  }
  const lines = linesBefore(text, fence);
  const near = lines.near === undefined ? undefined : (nameOfTag(lines.near) ?? nameOfLine(lines.near));
  if (near !== undefined && mayBe(near.name, language, false)) return byLine(info, near);
  const isMarkdown = markdown.has(language);
  const search = isMarkdown ? nameInMarkdownComment : nameInComment;
  const comment = language === 'diff' ? undefined : search(text, fence.next, text.length);
  if (comment !== undefined) return { language, name: comment, source: 'comment', isExcerpt: info.isExcerpt };
  const far = lines.far === undefined ? undefined : nameOfLine(lines.far);
  if (far !== undefined && mayBe(far.name, language, true)) return byLine(info, far);
  if (info.name !== undefined)
    return { language, name: info.name, source: 'info', isExcerpt: info.isExcerpt };
  return { language, source: 'none', isExcerpt: info.isExcerpt };
}

function byLine(info: Info, { name, isExcerpt }: LineName): BlockName {
  return { language: info.language, name, source: 'line', isExcerpt: isExcerpt || info.isExcerpt };
}

/** Commands and their output often follow a line that names a file, but are not that file. */
function mayBe(name: string, language: string, isFar: boolean): boolean {
  if (language === '') return true;
  const ofPath = isMarkdownPath(name) ? 'markdown' : languageOf(name);
  if (sessions.has(language)) return ofPath === 'text' && !isFar;
  if (shells.has(language))
    return !programs.has(ofPath) && (!isFar || ofPath === canonicalLanguage(language));
  if (!isFar) return true;
  const own = canonicalLanguage(language);
  return own === ofPath || (ofPath === 'text' && own !== 'text') || own === 'jsonc';
}

interface LinesBefore {
  /** The last line before the block. */
  readonly near?: string;
  /** The one before it, if the last one is no more than a sentence. */
  readonly far?: string;
}

const mostBlankLines = 2;
const mostSentenceLines = 3;
const commandsFollow =
  /\b(?:run|execute|install|usage|output|example|prints?|start it|command|terminal|result|now you|try|test it|response)\b/i;

function linesBefore(text: string, fence: FenceLine): LinesBefore {
  const read = { end: fence.lineStart };
  const near = lineAbove(text, fence.floor, read);
  if (near === undefined) return {};
  const sentence = [near];
  while (sentence.length <= mostSentenceLines) {
    const end = read.end;
    const above = lineAbove(text, fence.floor, read);
    if (above === undefined) return { near };
    const isApart = read.end + above.length < end;
    if (isApart || nameOfLine(above) !== undefined) {
      const words = sentence.toReversed().join(' ').trim();
      return isSentence(words) ? { near, far: above } : { near };
    }
    sentence.push(above);
  }
  return { near };
}

/** The next line above `read.end` that is not blank, and moves `read.end` to its start. */
function lineAbove(text: string, floor: number, read: { end: number }): string | undefined {
  let blank = 0;
  while (read.end > floor) {
    const start = Math.max(floor, text.lastIndexOf('\n', read.end - 2) + 1);
    if (read.end - start > maxNamingChars) return undefined;
    const line = text.slice(start, read.end);
    read.end = start;
    if (line.trim() !== '') return line;
    blank += 1;
    if (blank > mostBlankLines) return undefined;
  }
  return undefined;
}

function isSentence(words: string): boolean {
  return (
    words.length <= 400 &&
    /^[\p{Lu}`*"'(]/u.test(words) &&
    /[.:!。：][*)"']*$/.test(words) &&
    !mentionsPath(words) &&
    !commandsFollow.test(words)
  );
}
