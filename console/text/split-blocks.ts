import type { Block as ScannedBlock } from '@stagewire/client/text';
import { cleanPath, languageOf, scanBlocks } from '@stagewire/client/text';

/** A part of a model's text that renders on its own. It no longer changes once a later one has started. */
export type Block =
  | {
      readonly kind: 'prose';
      readonly start: number;
      readonly text: string;
      /** The head of the table that the text continues, if any. */
      readonly tableHead?: string;
    }
  | {
      readonly kind: 'code';
      readonly start: number;
      readonly language: string;
      /** The path of the file, or ''. */
      readonly path: string;
      /** The text between the fences. */
      readonly text: string;
      readonly closed: boolean;
    };

/** Longer prose is split at a paragraph, so that only the last piece is parsed again. */
const minProseChars = 1200;
/** A longer list, table or paragraph is split between items, rows or words. */
const maxProseChars = 4000;

/**
 * Splits Markdown into blocks of code and prose. `scanBlocks` finds the code blocks and their names, as on the server.
 * Prose is split where Markdown does not depend on the text before: at a line after a blank one that is neither indented
 * nor part of a list. Only prose that would become too long is split elsewhere. While the text grows, a block whose end
 * may still change contains all text that follows.
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
  /** The text is still growing: blocks that may change are not closed. @default true */
  readonly isGrowing?: boolean;
}

function codeBlock(text: string, piece: ScannedBlock, isGrowing: boolean): Block {
  const { lineStart, start, end, isClosed, name } = piece;
  const lastLine = Math.max(start, text.lastIndexOf('\n', end - 1) + 1);
  // A partial closing fence would flicker as code.
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

/**
 * The end of the text, or the start of its last line if that may become something else: a fence, a list item, the head of
 * a table. It would flicker as prose.
 */
function shownEnd(text: string, from: number): number {
  const lastLine = Math.max(from, text.lastIndexOf('\n') + 1);
  const line = text.slice(lastLine);
  if (/^ {0,3}(?:`{1,2}|~{1,2}|`{3,}[^\n`]*|~{3,}[^\n]*)$/.test(line)) return lastLine;
  if (/^\s*(?:[-*+]{1,3}|\d{1,3}[.)]?)[ \t]*$/.test(line) || line.startsWith('|') || lastLine === text.length)
    return beforeOpenTable(text, from, lastLine);
  return text.length;
}

/** Where the shown text ends if its last line is one that may change: before the head of a table without its second line. */
function beforeOpenTable(text: string, from: number, lastLine: number): number {
  const line = text.slice(lastLine);
  const previous = Math.max(from, text.lastIndexOf('\n', lastLine - 2) + 1);
  const before = lastLine > from ? text.slice(previous, lastLine - 1) : '';
  const isHead = (row: string, above: number) =>
    row.startsWith('|') && (above <= from || !lineBefore(text, above, from).startsWith('|'));
  if (line === '') return isHead(before, previous) && before.length < maxHeadChars ? previous : text.length;
  if (!line.startsWith('|')) return lastLine;
  if (isHead(line, lastLine) && line.length < maxHeadChars) return lastLine;
  const isRule = /^[\s|:-]+$/.test(line);
  return isRule && isHead(before, previous) ? previous : text.length;
}

/** A longer line is no head of a table, and is shown as it grows. */
const maxHeadChars = 400;

function lineBefore(text: string, lineStart: number, from: number): string {
  const start = Math.max(from, text.lastIndexOf('\n', lineStart - 2) + 1);
  return text.slice(start, lineStart - 1);
}

/** The pieces of the prose from `from` to `to`. With `isTail`, an incomplete last line does not start a piece. */
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
    const word = nextWord(text, lineStart + maxProseChars, lineEnd);
    if (word !== -1) {
      yield* settle(word);
      open = openProse(word);
      lineStart = word;
      continue;
    }
    if (!isWhole && isTail) break;
    const line = text.slice(lineStart, lineEnd);
    const length = lineStart - open.start;
    const isTooLong = length >= maxProseChars && (/^\S/.test(line) || length >= 2 * maxProseChars);
    if (isTooLong || (length >= minProseChars && open.lastLine.trim() === '' && startsBlock(line))) {
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
  /** The head of the table that it continues, '' for none. */
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

/** The next start of a word before `to`. Words only: other characters may be syntax at the start of a line. */
function nextWord(text: string, from: number, to: number): number {
  if (from >= to) return -1;
  const found = text.slice(from, to).search(/ (?=\p{L})/u);
  return found === -1 ? -1 : from + found + 1;
}

function startsBlock(line: string): boolean {
  return line !== '' && !/^(?:\s|[-*+>]\s|\d+[.)]\s|\|)/.test(line);
}
