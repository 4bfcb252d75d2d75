import type { TextPart } from '@stagewire/shared';
import { findFences } from '@stagewire/shared/text/fences';

/** Is this the path of a README of the whole project? */
export function isReadme(path: string): boolean {
  return /^readme(?:\.[^/]*)?$/i.test(path);
}

/**
 * A text that is a README as a whole, without the thought at its front, a code block that holds all of it, and white
 * space around it; empty if nothing is left.
 *
 * @param seams offsets at which an attempt went on with a text that was cut off, ascending.
 */
export function readmeParts(text: string, seams: readonly number[]): TextPart[] {
  const end = text.trimEnd().length;
  const start = skipSpace(text, afterThought(text));
  if (start >= end) return [];
  const [fence] = findFences(text.slice(start));
  const wraps =
    fence !== undefined &&
    fence.isClosed &&
    /^(?:markdown|md|)$/i.test(fence.info) &&
    !text
      .slice(start, start + fence.start)
      .trimEnd()
      .includes('\n') &&
    !text.slice(start + fence.end, end).includes('\n');
  const whole = wraps
    ? { from: start + fence.start, to: start + fence.end }
    : { from: start, to: text.length };
  return withoutRepetition(text, whole, seams);
}

/** At the end of a line: within a line, the tag is spoken of. */
const closingTag = /<\/(?:think|thinking|thoughts?|reasoning)>[ \t]*(?:\r?\n|$)/i;
const openingTag = /<(?:think|thinking|thoughts?|reasoning)>/i;

/** Where the answer begins that follows a thought: behind its closing tag, with or without an opening one in front. */
function afterThought(text: string): number {
  const closing = closingTag.exec(text);
  if (closing === null) return 0;
  const opening = openingTag.exec(text.slice(0, closing.index));
  return opening === null || text.slice(0, opening.index).trim() === ''
    ? closing.index + closing[0].length
    : 0;
}

function skipSpace(text: string, from: number): number {
  return from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
}

/** At a seam, lines that the kept text ends with are not said twice. */
function withoutRepetition(
  text: string,
  whole: { readonly from: number; readonly to: number },
  seams: readonly number[],
): TextPart[] {
  const parts: TextPart[] = [];
  let from = whole.from;
  for (const seam of seams) {
    if (seam <= from || seam >= whole.to) continue;
    const chars = repeatedChars(text.slice(from, seam), text.slice(seam, whole.to));
    if (chars === 0) continue;
    parts.push({ offset: from, chars: seam - from });
    from = seam + chars;
  }
  if (from < whole.to || parts.length === 0) parts.push({ offset: from, chars: whole.to - from });
  return parts;
}

/** The length of the longest run of whole lines at the end of `kept` with which `more` begins. */
function repeatedChars(kept: string, more: string): number {
  for (let at = 0; at < kept.length; at = kept.indexOf('\n', at) + 1 || kept.length) {
    const chars = kept.length - at;
    if (chars > more.length || !more.startsWith(kept.slice(at))) continue;
    const repeated = kept.slice(at);
    return repeated.includes('\n') && repeated.trim() !== '' ? chars : 0;
  }
  return 0;
}
