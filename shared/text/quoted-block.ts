import type { Block } from './block.ts';
import { nameBlock } from './block-name.ts';
import { readFence, type FenceLine } from './fence-line.ts';

const quoteMark = /^ {0,3}>[ \t]?/;

/** Length of the quote mark at the beginning of `line`. */
export function quoteMarkLength(line: string): number {
  return quoteMark.exec(line)?.[0].length ?? 0;
}

/**
 * The block that a line of a quote opens, `> ```ts src/a.ts`; `undefined` if it opens none. It ends at the
 * end of the quote at the latest, and is an excerpt.
 *
 * @param floor no line before this offset can name the block.
 */
export function readQuotedBlock(
  text: string,
  line: { readonly lineStart: number; readonly next: number; readonly floor: number },
): Block | undefined {
  const { lineStart, next, floor } = line;
  const opening = fenceIn(text.slice(lineStart, next));
  if (opening === undefined || (opening.info === '' && next >= text.length)) return undefined;
  const { info, char, length } = opening;
  const place = { lineStart, next, floor, isInList: false, before: 'text', behind: 'text' } as const;
  const fence: FenceLine = { ...opening, ...place };
  let end = next;
  let isClosed = false;
  let behind = next;
  while (end < text.length) {
    const newline = text.indexOf('\n', end);
    behind = newline === -1 ? text.length : newline + 1;
    const content = text.slice(end, behind);
    if (quoteMarkLength(content) === 0) {
      behind = end;
      break;
    }
    const closing = fenceIn(content);
    // The block ends at the next fence of any kind, so that no line is read by many blocks.
    if (closing !== undefined) {
      isClosed = closing.info === '' && closing.char === char && closing.length >= length;
      if (!isClosed) behind = end;
      break;
    }
    end = behind;
  }
  return {
    kind: 'quote',
    lineStart,
    start: next,
    end,
    next: behind,
    isClosed,
    info,
    // A quote shows existing content: it never replaces a file.
    name: { ...nameBlock(text, fence), isExcerpt: true },
    listIndent: '',
    nested: [],
    openInfos: [],
  };
}

function fenceIn(line: string): ReturnType<typeof readFence> {
  return readFence(line.slice(quoteMarkLength(line)));
}
