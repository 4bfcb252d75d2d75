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
      /** The rest of the fence's info string: for a file, its path. */
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
 * Cuts Markdown into fenced code and prose. A cut in prose is made where Markdown begins anew whatever came before, at
 * a line that is neither indented nor part of a list, after a blank one; elsewhere only in what would become too long.
 */
export function splitBlocks(text: string): readonly Block[] {
  const settled: Block[] = [];
  let open: OpenBlock = openProse(0);

  const settleProse = (end: number) => {
    if (open.kind !== 'prose') return;
    const block = proseBlock(open, text.slice(open.start, end));
    if (block !== undefined) settled.push(block);
  };
  const readLine = (line: string, start: number, next: number) => {
    const now = open;
    if (now.kind === 'code') {
      if (closes(now.fence, line)) {
        settled.push(codeBlock(now, text.slice(now.textStart, start), true));
        open = openProse(next);
      }
      return;
    }
    const fence = openingFence(line);
    if (fence !== undefined) {
      settleProse(start);
      open = { kind: 'code', start, textStart: next, ...fence };
      return;
    }
    let prose = now;
    const length = start - now.start;
    const isTooLong = length >= mostProseChars && (/^\S/.test(line) || length >= 2 * mostProseChars);
    if (isTooLong || (length >= wantedProseChars && now.lastLine.trim() === '' && beginsAnew(line))) {
      settleProse(start);
      prose = openProse(start, line.startsWith('|') ? now.tableHead : '');
      open = prose;
    }
    noteLine(prose, line);
  };

  /** Where the line begins that is read next; at last the one that is not whole yet. */
  let lineStart = 0;
  let end = text.indexOf('\n');
  for (;;) {
    const lineEnd = end === -1 ? text.length : end;
    const word = open.kind === 'prose' ? nextWord(text, lineStart + mostProseChars, lineEnd) : -1;
    if (word !== -1) {
      settleProse(word);
      open = openProse(word);
      lineStart = word;
    } else if (end === -1) {
      break;
    } else {
      readLine(text.slice(lineStart, end), lineStart, end + 1);
      lineStart = end + 1;
      end = text.indexOf('\n', lineStart);
    }
  }
  const tail = tailBlock(open, text, lineStart);
  return tail === undefined ? settled : [...settled, tail];
}

interface Fence {
  readonly mark: string;
  readonly length: number;
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

type OpenBlock =
  | OpenProse
  | {
      readonly kind: 'code';
      readonly start: number;
      readonly textStart: number;
      readonly fence: Fence;
      readonly language: string;
      readonly path: string;
    };

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

function codeBlock(open: OpenBlock & { kind: 'code' }, text: string, closed: boolean): Block {
  const { start, language, path } = open;
  return { kind: 'code', start, language, path, text, closed };
}

function tailBlock(open: OpenBlock, text: string, lineStart: number): Block | undefined {
  if (open.kind === 'prose') {
    const rest = text.slice(open.start);
    // A fence of which only the first characters are there would flicker as prose.
    const shown = /^ {0,3}(?:`{1,2}|~{1,2}|`{3,}[^\n`]*|~{3,}[^\n]*)$/.test(text.slice(lineStart))
      ? text.slice(open.start, lineStart)
      : rest;
    return proseBlock(open, shown);
  }
  const last = text.slice(lineStart);
  const closing = lineStart >= open.textStart && /^ {0,3}(?:`{1,}|~{1,})$/.test(last);
  return codeBlock(open, text.slice(open.textStart, closing ? lineStart : text.length), false);
}

function openingFence(line: string): { fence: Fence; language: string; path: string } | undefined {
  const match = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/.exec(line);
  const marks = match?.[1];
  if (marks === undefined) return undefined;
  const [language = '', ...rest] = (match?.[2] ?? '').trim().split(/\s+/);
  return { fence: { mark: marks.charAt(0), length: marks.length }, language, path: rest.join(' ') };
}

function closes(fence: Fence, line: string): boolean {
  const marks = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return marks !== undefined && marks.startsWith(fence.mark) && marks.length >= fence.length;
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
