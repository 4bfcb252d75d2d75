import { nameOfLine } from './naming-line.ts';
import { readFence } from './fence-line.ts';

const names = 'think|thinking|thought|thoughts|reasoning';
const opening = new RegExp(`^\\s*<(${names})>`, 'i');
/** A closing tag at the beginning or at the end of a line. */
const closing = new RegExp(`^[ \\t]*</(?:${names})>|</(?:${names})>[ \\t]*\\r?$`, 'gim');

/**
 * Where the answer in `text` begins: after the thoughts in tags at its beginning, and after a closing tag without an
 * opening one. If a thought never ends there is no answer: the length of the text. Later tags, or tags in a file, are
 * text.
 */
export function answerStart(text: string): number {
  let start = 0;
  // A model may have several thoughts before its answer.
  for (let turn = 0; turn < 8; turn += 1) {
    const tag = opening.exec(text.slice(start, start + 200))?.[1];
    if (tag === undefined) break;
    const end = indexOfClosing(text, tag, start);
    if (end === -1) return text.length;
    start = end;
  }
  return start === 0 ? behindLoneClosing(text) : start;
}

/** `text` without the thoughts at its beginning: see `answerStart`. */
export function withoutThought(text: string): string {
  return text.slice(answerStart(text));
}

/** The end of the thoughts in tags at the beginning of `text`; 0 if there are none, or if they do not end. */
export function thoughtEnd(text: string): number {
  const tag = opening.exec(text.slice(0, 200))?.[1];
  const end = tag === undefined ? -1 : indexOfClosing(text, tag, 0);
  return Math.max(0, end);
}

function indexOfClosing(text: string, tag: string, from: number): number {
  const match = new RegExp(`</${tag}>(?:[ \\t]*\\r?\\n)*`, 'gi');
  match.lastIndex = from;
  return match.exec(text) === null ? -1 : match.lastIndex;
}

/** If the prompt template begins the thought, only its closing tag is in the text. */
function behindLoneClosing(text: string): number {
  if (!text.includes('</')) return 0;
  closing.lastIndex = 0;
  const fences = new OpenFences(text);
  const opened = new Map<string, number>();
  for (let match = closing.exec(text); match !== null; match = closing.exec(text)) {
    const at = match.index;
    const tag = /<\/(\w+)>/.exec(match[0])?.[1]?.toLowerCase() ?? '';
    const openedAt = opened.get(tag) ?? indexOfOpening(text, tag);
    opened.set(tag, openedAt);
    if (openedAt < at) return 0;
    if (fences.isContent(at)) continue;
    const behind = closing.lastIndex;
    const answer = /^[ \t]*\r?\n?/.exec(text.slice(behind, behind + 100))?.[0].length ?? 0;
    return behind + answer;
  }
  return 0;
}

function indexOfOpening(text: string, tag: string): number {
  const at = text.search(new RegExp(`<${tag}>`, 'i'));
  return at === -1 ? Infinity : at;
}

type Fence = NonNullable<ReturnType<typeof readFence>>;

/** Offsets, without the line ending. */
interface Line {
  readonly start: number;
  readonly end: number;
}

/** The first fence after an offset. */
interface NextFence {
  /** Start of its line; infinite if there is none. */
  readonly at: number;
  readonly fence: Fence | undefined;
  /** The last non-blank line before it. */
  readonly before: Line;
}

/**
 * Distinguishes the content of a block from a thought in which a block was left open. Must be called with growing
 * offsets; reads each line at most twice, whatever the number of calls.
 */
class OpenFences {
  readonly #text: string;
  #at = 0;
  #open: Fence | undefined;
  #next: NextFence | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** A line in an open block is its content if the next fence closes that block and does not open another one. */
  isContent(offset: number): boolean {
    while (this.#at < offset) this.#readLine();
    if (this.#open === undefined) return false;
    if (this.#next === undefined || this.#next.at < offset) this.#next = this.#findFence(offset);
    const { fence, before } = this.#next;
    if (fence === undefined || fence.info !== '') return false;
    return nameOfLine(this.#text.slice(Math.max(before.start, offset), before.end)) === undefined;
  }

  #findFence(offset: number): NextFence {
    let before: Line = { start: offset, end: offset };
    for (let start = offset; start < this.#text.length;) {
      const newline = this.#text.indexOf('\n', start);
      const end = newline === -1 ? this.#text.length : newline;
      const line = this.#text.slice(start, end);
      const fence = readFence(line);
      if (fence !== undefined) return { at: start, fence, before };
      if (line.trim() !== '') before = { start, end };
      start = end + 1;
    }
    return { at: Infinity, fence: undefined, before };
  }

  #readLine(): void {
    const newline = this.#text.indexOf('\n', this.#at);
    const end = newline === -1 ? this.#text.length : newline + 1;
    const line = this.#text.slice(this.#at, end);
    const fence = /^\s*[`~]/.test(line) ? readFence(line) : undefined;
    this.#at = end;
    if (fence === undefined) return;
    if (this.#open === undefined) this.#open = fence;
    else if (fence.info === '' && fence.char === this.#open.char && fence.length >= this.#open.length)
      this.#open = undefined;
  }
}
