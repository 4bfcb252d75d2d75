import type { Block as ScannedBlock } from '@stagewire/client/text';
import { cleanPath, languageOf, scanBlocks } from '@stagewire/client/text';

/** A piece of a model's text that is drawn on its own. Once a later one has begun it never changes again. */
export type Block =
  | {
      readonly kind: 'prose';
      readonly start: number;
      readonly text: string;
      /** The head of the table that the text goes on with, if it does. */
      readonly tableHead?: string;
    }
  | {
      readonly kind: 'code';
      readonly start: number;
      readonly language: string;
      /** The path of the file that it is, or ''. */
      readonly path: string;
      /** What stands between the fences. */
      readonly text: string;
      readonly closed: boolean;
    };

/** Prose is cut at a paragraph once it is this long, in characters: so only a piece is parsed again. */
const wantedProseChars = 1200;
/** A longer list, table or paragraph is cut between two of its items, rows or words: the next piece looks much the same. */
const mostProseChars = 4000;

/**
 * Cuts Markdown into blocks of code and prose; what a block is and how it is called is for `scanBlocks`, as on the
 * server. A cut in prose is made where Markdown begins anew whatever came before, at a line that is neither indented nor
 * part of a list, after a blank one; elsewhere only in what would become too long. While the text grows, a block whose
 * end is not certain yet holds all that follows.
 */
export function splitBlocks(text: string, options: SplitOptions = {}): readonly Block[] {
  const { isGrowing = true } = options;
  const { pieces, settled } = scanBlocks(text, { isGrowing });
  const blocks: Block[] = [];
  let end = 0;
  for (const [index, piece] of pieces.entries()) {
    blocks.push(...splitProse(text, end, piece.lineStart));
    if (index >= settled && index < pieces.length - 1 && piece.kind !== 'wrapper') {
      return [...blocks, codeBlock(text, { ...piece, end: text.length, isClosed: false }, isGrowing)];
    }
    if (piece.kind !== 'wrapper') {
      const isUncertain = index >= settled && piece.isClosed;
      const shown = isUncertain ? { ...piece, end: text.length, isClosed: false, next: text.length } : piece;
      blocks.push(codeBlock(text, shown, isGrowing));
      if (isUncertain) return blocks;
    }
    end = piece.next;
  }
  return [...blocks, ...splitProse(text, end, isGrowing ? shownEnd(text, end) : text.length, isGrowing)];
}

export interface SplitOptions {
  /** More is to come: what may still change is not shown as settled. @default true */
  readonly isGrowing?: boolean;
}

function codeBlock(text: string, piece: ScannedBlock, isGrowing: boolean): Block {
  const { lineStart, start, end, isClosed, name } = piece;
  const lastLine = Math.max(start, text.lastIndexOf('\n', end - 1) + 1);
  // A closing fence of which only the first characters are there would flicker as code.
  const isClosing =
    isGrowing && !isClosed && end === text.length && /^[ \t]*(?:`+|~+)$/.test(text.slice(lastLine));
  return {
    kind: 'code',
    start: lineStart,
    language: languageOfBlock(piece),
    path: (name.name === undefined ? undefined : cleanPath(name.name)) ?? '',
    text: text.slice(start, isClosing ? lastLine : end),
    closed: isClosed,
  };
}

function languageOfBlock({ info, name }: ScannedBlock): string {
  if (name.language !== '') return name.language;
  return name.name === undefined ? (/^[^\s{]*/.exec(info)?.[0] ?? '') : languageOf(name.name);
}

/** The end of the text, or the start of its last line if that may become a fence: as prose it would flicker. */
function shownEnd(text: string, from: number): number {
  const lastLine = Math.max(from, text.lastIndexOf('\n') + 1);
  return /^ {0,3}(?:`{1,2}|~{1,2}|`{3,}[^\n`]*|~{3,}[^\n]*)$/.test(text.slice(lastLine))
    ? lastLine
    : text.length;
}

/** The pieces of the prose from `from` to `to`; the last line counts only for the last of them. */
function* splitProse(text: string, from: number, to: number, isTail = false): Generator<Block, void> {
  let open = openProse(from);
  const settle = (end: number): Block[] => {
    const block = proseBlock(open, text.slice(open.start, end));
    return block === undefined ? [] : [block];
  };
  for (let lineStart = from; lineStart < to;) {
    const newline = text.indexOf('\n', lineStart);
    const isWhole = newline !== -1 && newline < to;
    const lineEnd = isWhole ? newline : to;
    const word = nextWord(text, lineStart + mostProseChars, lineEnd);
    if (word !== -1) {
      yield* settle(word);
      open = openProse(word);
      lineStart = word;
      continue;
    }
    if (!isWhole && isTail) break;
    const line = text.slice(lineStart, lineEnd);
    const length = lineStart - open.start;
    const isTooLong = length >= mostProseChars && (/^\S/.test(line) || length >= 2 * mostProseChars);
    if (isTooLong || (length >= wantedProseChars && open.lastLine.trim() === '' && beginsAnew(line))) {
      const { tableHead } = open;
      yield* settle(lineStart);
      open = openProse(lineStart, line.startsWith('|') ? tableHead : '');
    }
    noteLine(open, line);
    lineStart = lineEnd + 1;
  }
  yield* settle(to);
}

interface OpenProse {
  readonly kind: 'prose';
  readonly start: number;
  /** The head of the table that it goes on with, '' for none. */
  readonly givenHead: string;
  /** The head of the table that its last line belongs to, '' for none. */
  tableHead: string;
  lastLine: string;
}

function openProse(start: number, givenHead = ''): OpenProse {
  return { kind: 'prose', start, givenHead, tableHead: givenHead, lastLine: '' };
}

function noteLine(open: OpenProse, line: string): void {
  if (!line.startsWith('|')) open.tableHead = '';
  else if (open.tableHead === '' && open.lastLine.startsWith('|') && /^[\s|:-]+$/.test(line)) {
    open.tableHead = `${open.lastLine}\n${line}\n`;
  }
  open.lastLine = line;
}

function proseBlock({ start, givenHead }: OpenProse, text: string): Block | undefined {
  if (text.trim() === '') return undefined;
  return { kind: 'prose', start, text, ...(givenHead !== '' && { tableHead: givenHead }) };
}

/** The next beginning of a word before `to`; not of a mark that would mean something at the beginning of a line. */
function nextWord(text: string, from: number, to: number): number {
  if (from >= to) return -1;
  const found = text.slice(from, to).search(/ (?=\p{L})/u);
  return found === -1 ? -1 : from + found + 1;
}

function beginsAnew(line: string): boolean {
  return line !== '' && !/^(?:\s|[-*+>]\s|\d+[.)]\s|\|)/.test(line);
}
