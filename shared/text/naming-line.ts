import { cleanName } from './clean-name.ts';
import { looksLikePath, looksLikeSpacedPath } from './file-path.ts';
import { maxNamingChars } from './info-string.ts';
import { isWholeName } from './known-names.ts';

/** The file that a line names. */
export interface LineName {
  readonly name: string;
  /** The line announces a part of the file: `Add to src/a.ts:`. */
  readonly isExcerpt: boolean;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(/\s+/));

/** Words that may precede a path in a line that only names the following file. */
const labels = words(
  `file files filename filepath path name module component script page entry point main root
   the a an this that it its is are be should here here's heres below following now next then first second third fourth
   finally lastly also and let's lets let me us we we'll i i'll i've will can start starting begin with by as to into in at
   create creating created add adding added append insert update updating updated change changes changed changing modify
   modified modifying edit edited editing write writing written rewrite rewritten save saved put place make goes what
   replace replaced fix fixed revise revised improved refactored corrected new complete full final whole entire latest
   called named titled version content contents code source listing text your our my project's one more another last step part section
   文件 文件名 文件路径 路径 创建 新建 新增 修改 更新 添加 编辑 檔案 ファイル ファイル名 파일 파일명 ملف
   datei dateiname fichier archivo ruta crear crea arquivo caminho criar crie bestand plik файл создать создайте dosya
   tệp tập tin berkas súbor soubor fil`,
);

/** Words that may follow the path without a dash, a colon or a bracket between. */
const tails = words(
  'file is as follows follow following below now with this the these content contents code should be becomes looks look like here and its it to in full new updated change replace modify',
);

/** Words of a heading that describe a file instead of naming it. */
const aboutWords =
  /\b(?:for|of|from|run|running|see|tests?|testing|use|using|usage|how|why|when|imports?|about|delete[sd]?|removed?|like|versus|vs|note|example|output|result|error|warning|tip|execute|start|install|open|read|without|instead|not|no)\b/i;

const excerptBefore =
  /\b(?:add|adding|added|change|changes|changing|update|updating|in|into|insert|append|modify|modifying|edit|editing)\b|修改|更新|添加|编辑/i;
const wholeBefore =
  /\b(?:save|saved|write|written|put|place|contents?|full|complete|whole|entire|new|file|rewrite|replace)\b/i;
const excerptBehind =
  /\b(?:lines?\s+\d+|L\d+|excerpt|snippet|partial|changes? only|only the|changed (?:part|lines?|section)|relevant (?:part|section|lines?)|diff)\b|^\s*,?\s*(?:change|replace|modify)\b[^a-z]*$/i;

const emoji = /^(?:(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F|\u200D|\u20E3|[▶►▸•→➜])\s*)+/u;

interface Found {
  readonly name: string;
  readonly hasLines: boolean;
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

/**
 * Reads a line that names one path and nothing else: a path alone, a heading, a list item, bold, code, `File: …`,
 * ``Create `…`:``, `--- … ---`, a path and what it is. A sentence about a file names none.
 */
export function nameOfLine(line: string): LineName | undefined {
  if (line.length > maxNamingChars || !/[\w)\]]/.test(line)) return undefined;
  const { text, isHeading } = undecorated(line.trim());
  const found = onlyPath(text);
  if (found === undefined) return undefined;
  const before = text.slice(0, found.start);
  const behind = text.slice(found.end);
  if (!isTail(behind, before.trim() === '' || found.isQuoted || isHeading)) return undefined;
  if (!isLabel(before, { isHeading, isQuoted: found.isQuoted })) return undefined;
  const saysPart = excerptBefore.test(before) && !wholeBefore.test(before);
  return { name: found.name, isExcerpt: found.hasLines || saysPart || excerptBehind.test(behind) };
}

/** Reads a comment that is a path, optionally with `File:` before it, or a dash and words after it. */
export function nameOfComment(comment: string): string | undefined {
  if (comment.length > maxNamingChars) return undefined;
  const { text } = undecorated(comment.trim());
  const found = onlyPath(text);
  if (found === undefined) return undefined;
  if (!/^\W*(?:@?file ?name|@?file ?path|@?file|@?path|@?module)?\W*$/i.test(text.slice(0, found.start)))
    return undefined;
  return isTail(text.slice(found.end), true) ? found.name : undefined;
}

/** Could the line mention a file at all? */
export function mentionsPath(line: string): boolean {
  return pathsIn(line.replaceAll('*', '')).length > 0;
}

function undecorated(line: string): { readonly text: string; readonly isHeading: boolean } {
  let isHeading = false;
  let text = line.replace(/<\/?(?:summary|strong|code|span|em|h[1-6]|[bipu])>/gi, (tag) => {
    isHeading ||= /summary|h\d/i.test(tag);
    return '';
  });
  for (let turn = 0; turn < 6; turn += 1) {
    const before = text;
    text = text.replace(/^#{1,6}\s+/, () => {
      isHeading = true;
      return '';
    });
    text = text.replace(/^(?:[-*+]|\(?\d{1,3}[.):]|#\d{1,3}[.):]?)\s+/, () => {
      isHeading = true;
      return '';
    });
    text = text.replace(/^> +/, '').replace(emoji, '');
    text = /^(?:[-=~#/+<>]{2,}|\*{2,}(?=\s))\s*(.*?)\s*(?:[-=~#/+<>*]{2,})?$/.exec(text)?.[1] ?? text;
    const bold = /^(\*\*\*|\*\*|__)(?=\S)(.*\S)\1(:?)$/.exec(text);
    if (bold !== null && bold[2]?.startsWith('init__') !== true) {
      text = `${bold[2] ?? ''}${bold[3] ?? ''}`;
      isHeading = true;
    }
    if (text === before) break;
  }
  return { text: text.replaceAll('*', '').trim(), isHeading };
}

function onlyPath(text: string): Found | undefined {
  const spaced = cleanName(text.replace(/:$/, ''));
  if (/^\S*\/\S* /.test(spaced.name) && looksLikeSpacedPath(spaced.name) && pathsIn(text).length < 2) {
    return { ...spaced, start: 0, end: text.length, isQuoted: true };
  }
  const paths = pathsIn(text);
  const [first] = paths;
  if (first === undefined) return undefined;
  return paths.every(({ name }) => name === first.name)
    ? (paths.find(({ isQuoted }) => isQuoted) ?? first)
    : undefined;
}

/** Candidates for a path: in backticks, in quotes, as the text of a link, or as a word. */
function pathsIn(text: string): Found[] {
  const found: Found[] = [];
  for (const match of text.matchAll(
    /`([^`]+)`|"([^"]+)"|“([^”]+)”|\[([^\]\s]+)\]\(([^)\s]*)\)|[^\s：，。、（）「」『』【】]+/g,
  )) {
    const quoted = match[1] ?? match[2] ?? match[3] ?? match[4];
    const { name, hasLines } = cleanName((quoted ?? match[0]).replace(/[.!?]$/, ''));
    const base = name.slice(name.lastIndexOf('/') + 1);
    const isPath =
      looksLikePath(name, 'line') ||
      (quoted !== undefined && (looksLikeSpacedPath(name) || (base === name && isWholeName(base))));
    if (!isPath) continue;
    const isQuoted = quoted !== undefined || /^[(`"]/.test(match[0]);
    const length = match[0].replace(/[:,;]+$/, '').length;
    found.push({ name, hasLines, start: match.index, end: match.index + length, isQuoted });
  }
  return found;
}

function isLabel(
  before: string,
  options: { readonly isHeading: boolean; readonly isQuoted: boolean },
): boolean {
  const bare = before
    .replace(/\b(?:contents?|code|source|source code|listing|implementation|version)\s+(?:of|for)\b/i, '')
    .replace(/\bstep\s+\d+\b|\b(?:file|part)\s*#?\d+\b/i, '');
  const parts = bare.match(/[\p{L}\p{N}'’]+/gu) ?? [];
  if (parts.every((part) => labels.has(part.toLowerCase().replace('’', "'")) || /^\d{1,3}$/.test(part)))
    return true;
  const isIntroduced = /[:：–—(|>]\s*$|\s-\s*$/.test(before);
  if (aboutWords.test(before)) return false;
  if (options.isHeading) return parts.length <= 8 && (isIntroduced || options.isQuoted);
  return isIntroduced && parts.length <= 3 && /[:：]\s*$/.test(before);
}

function isTail(behind: string, mayDescribe: boolean): boolean {
  const text = behind.trim().replace(/^\)/, '').trim();
  if (/^[:.,!：。]?$/.test(text)) return true;
  if (/^(?:\(.*\):?|\[.*\]:?|（.*）[:：]?)$/.test(text)) return true;
  if (mayDescribe && /^(?:[:：–—|(（→#]|--?\s|\/\/)/.test(text)) return true;
  if (/^lines?\s+\d+/i.test(text)) return true;
  const parts = text.toLowerCase().match(/[\p{L}\p{N}'’]+/gu) ?? [];
  return parts.length <= 7 && parts.every((part) => tails.has(part));
}
