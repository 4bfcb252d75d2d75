import type { TextPart } from '../primitives.ts';
import type { Block } from './block.ts';
import { readFence } from './fence-line.ts';
import { quoteMarkLength } from './quoted-block.ts';

export interface Content {
  /** Pieces of the text that contains the block, in order; one empty piece for an empty file. */
  readonly pieces: readonly TextPart[];
  /** The lines were numbered, but not from 1: they are an excerpt of the file. */
  readonly isExcerpt: boolean;
}

/**
 * The content of the file of `block`: without a fence or CDATA directly in its tag, the indentation of its list, the
 * marks of a quote, and the line numbers of prompts (`12| text`) if all lines have consecutive ones.
 */
export function contentOf(text: string, block: Block): Content {
  const { start, end } = block.kind === 'tag' ? withoutEnvelope(text, block.start, block.end) : block;
  const whole = { offset: start, chars: end - start };
  if (block.kind === 'quote') return { pieces: unquoted(text, whole), isExcerpt: false };
  const indent = block.listIndent === '' ? '' : commonIndent(text, whole, block.listIndent);
  const first = firstNumber(text, whole, indent);
  if (indent === '' && first === undefined) return { pieces: [whole], isExcerpt: false };
  const pieces: TextPart[] = [];
  for (const line of linesOf(text, whole)) {
    const content = text.slice(line.offset, line.offset + line.chars);
    const indented = content.startsWith(indent) ? indent.length : blanksAtMost(content, indent.length);
    const numbered = first === undefined ? 0 : numberLength(content.slice(indented));
    const taken = indented + numbered;
    if (line.chars > taken) pieces.push({ offset: line.offset + taken, chars: line.chars - taken });
  }
  return {
    pieces: pieces.length === 0 ? [{ offset: start, chars: 0 }] : pieces,
    isExcerpt: first !== undefined && first > 1,
  };
}

function unquoted(text: string, whole: TextPart): readonly TextPart[] {
  const pieces = [...linesOf(text, whole)].map(({ offset, chars }) => {
    const mark = quoteMarkLength(text.slice(offset, offset + chars));
    return { offset: offset + mark, chars: chars - mark };
  });
  return pieces.length === 0 ? [{ offset: whole.offset, chars: 0 }] : pieces;
}

function* linesOf(text: string, { offset, chars }: TextPart): Generator<TextPart, void> {
  const end = offset + chars;
  for (let start = offset; start < end;) {
    const newline = text.indexOf('\n', start);
    const next = newline === -1 || newline >= end ? end : newline + 1;
    yield { offset: start, chars: next - start };
    start = next;
  }
}

/** The part of the indentation of the fence that every non-blank line has. */
function commonIndent(text: string, whole: TextPart, listIndent: string): string {
  let common = listIndent;
  for (const { offset, chars } of linesOf(text, whole)) {
    const line = text.slice(offset, offset + chars);
    if (line.trim() === '') continue;
    let length = 0;
    while (length < common.length && line.charAt(length) === common.charAt(length)) length += 1;
    common = common.slice(0, length);
    if (common === '') return '';
  }
  return common;
}

function blanksAtMost(line: string, most: number): number {
  let count = 0;
  while (count < most && (line.charAt(count) === ' ' || line.charAt(count) === '\t')) count += 1;
  return count;
}

const lineNumber = /^ {0,8}([1-9]\d{0,6})\|/;

/** The number of the first line, if all lines have consecutive numbers and at least one has text after its number. */
function firstNumber(text: string, whole: TextPart, indent: string): number | undefined {
  let first: number | undefined;
  let count = 0;
  let hasText = false;
  for (const { offset, chars } of linesOf(text, whole)) {
    const line = text.slice(offset, offset + Math.min(chars, 80)).slice(indent.length);
    const match = lineNumber.exec(line);
    if (match?.[1] === undefined) return undefined;
    first ??= Number(match[1]);
    const behind = line.slice(match[0].length);
    if (Number(match[1]) !== first + count || !/^(?:\s|$)/.test(behind)) return undefined;
    hasText ||= behind.trim() !== '';
    count += 1;
  }
  return hasText ? first : undefined;
}

function numberLength(line: string): number {
  const length = lineNumber.exec(line)?.[0].length ?? 0;
  return line.charAt(length) === ' ' ? length + 1 : length;
}

/** A fence or CDATA that is the whole content of a tag. */
function withoutEnvelope(
  text: string,
  from: number,
  to: number,
): { readonly start: number; readonly end: number } {
  const content = text.slice(from, to);
  const data = /^\s*<!\[CDATA\[(?:[ \t]*\r?\n)?/.exec(content);
  if (data !== null) {
    const end = content.lastIndexOf(']]>');
    if (end >= data[0].length) return { start: from + data[0].length, end: from + end };
  }
  const opening = /^\s*\n|^/.exec(content)?.[0].length ?? 0;
  const firstEnd = content.indexOf('\n', opening);
  const fence = firstEnd === -1 ? undefined : readFence(content.slice(opening, firstEnd));
  if (fence === undefined) return { start: from, end: to };
  const inkEnd = content.trimEnd().length;
  const lastStart = content.lastIndexOf('\n', inkEnd - 1) + 1;
  const last = readFence(content.slice(lastStart, inkEnd));
  const closes = last?.info === '' && last.char === fence.char && last.length >= fence.length;
  if (!closes || lastStart <= firstEnd) return { start: from, end: to };
  return { start: from + firstEnd + 1, end: from + lastStart };
}
