/** A piece of a model's text that is drawn on its own. Once a later one has begun it never changes again. */
export type Block =
  | { readonly kind: 'prose'; readonly start: number; readonly text: string }
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

export interface BlockSplitter {
  /** The blocks of a text that grows: of the text given before, only the tail is read again. */
  split(text: string): readonly Block[];
}

/** Prose is cut at a paragraph once it is this long, in characters: so only a piece is parsed again. */
const wantedProseChars = 1200;
/** Prose without such a place is cut at the next blank line after this many characters. */
const mostProseChars = 8000;

/**
 * Cuts Markdown into fenced code and prose. A cut in prose is made only where Markdown begins anew whatever came
 * before: at a line that is neither indented nor part of a list, after a blank one.
 */
export function createBlockSplitter(): BlockSplitter {
  let settled: Block[] = [];
  let seen = '';
  let open: OpenBlock = openProse(0);
  /** Where the first line begins that is not whole yet. */
  let lineStart = 0;

  const reset = () => {
    settled = [];
    open = openProse(0);
    lineStart = 0;
  };
  const readLine = (line: string, start: number, next: number) => {
    const now = open;
    if (now.kind === 'code') {
      if (closes(now.fence, line)) {
        settled.push(codeBlock(now, seen.slice(now.textStart, start), true));
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
    const length = start - now.start;
    if (now.afterBlank && length >= wantedProseChars && (beginsAnew(line) || length >= mostProseChars)) {
      settleProse(start);
      open = openProse(start);
      return;
    }
    now.afterBlank = line.trim() === '';
  };
  const settleProse = (end: number) => {
    const text = seen.slice(open.start, end);
    if (text.trim() !== '') settled.push({ kind: 'prose', start: open.start, text });
  };

  return {
    split(text) {
      // An attempt's text only grows. The sample is enough to tell another text from it.
      const sample = Math.max(0, lineStart - 64);
      if (text.length < seen.length || text.slice(sample, lineStart) !== seen.slice(sample, lineStart))
        reset();
      seen = text;
      for (let end = seen.indexOf('\n', lineStart); end !== -1; end = seen.indexOf('\n', lineStart)) {
        readLine(seen.slice(lineStart, end), lineStart, end + 1);
        lineStart = end + 1;
      }
      const tail = tailBlock(open, seen, lineStart);
      return tail === undefined ? [...settled] : [...settled, tail];
    },
  };
}

interface Fence {
  readonly mark: string;
  readonly length: number;
}

type OpenBlock =
  | { readonly kind: 'prose'; readonly start: number; afterBlank: boolean }
  | {
      readonly kind: 'code';
      readonly start: number;
      readonly textStart: number;
      readonly fence: Fence;
      readonly language: string;
      readonly path: string;
    };

function openProse(start: number): OpenBlock {
  return { kind: 'prose', start, afterBlank: false };
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
    return shown.trim() === '' ? undefined : { kind: 'prose', start: open.start, text: shown };
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

function beginsAnew(line: string): boolean {
  return line !== '' && !/^(?:\s|[-*+>]\s|\d+[.)]\s|\|)/.test(line);
}
