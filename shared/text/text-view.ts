import type { TextPart } from '../primitives.ts';

/** A text without some of its pieces, with a mapping of offsets to the whole text. */
export interface TextView {
  readonly text: string;
  /** The pieces of the whole text for `start` to `end` of the view; one empty piece for an empty range. */
  parts(start: number, end: number): readonly TextPart[];
  /** The offset in the whole text of the character at `offset` of the view. */
  toWhole(offset: number): number;
  /** The offset in the view of the character at `offset` of the whole text, or of the next one if that is removed. */
  toView(offset: number): number;
}

export interface Cut {
  readonly from: number;
  readonly to: number;
}

/** `whole` without `cuts`, which are in order and do not overlap. */
export function viewOf(whole: string, cuts: readonly Cut[]): TextView {
  const kept: { readonly at: number; readonly offset: number; readonly chars: number }[] = [];
  let at = 0;
  let offset = 0;
  for (const { from, to } of [...cuts, { from: whole.length, to: whole.length }]) {
    if (from > offset) {
      kept.push({ at, offset, chars: from - offset });
      at += from - offset;
    }
    offset = Math.max(offset, to);
  }
  const text =
    cuts.length === 0 ? whole : kept.map((it) => whole.slice(it.offset, it.offset + it.chars)).join('');
  const pieceAt = (place: number) => kept.findLastIndex((it) => it.at <= place);
  const toWhole = (place: number) => {
    const piece = kept[pieceAt(place)];
    return piece === undefined ? whole.length : piece.offset + (place - piece.at);
  };
  return {
    text,
    toWhole,
    parts(start, end) {
      if (end <= start) return [{ offset: toWhole(start), chars: 0 }];
      const parts: TextPart[] = [];
      for (let index = Math.max(0, pieceAt(start)); index < kept.length; index += 1) {
        const piece = kept[index];
        if (piece === undefined || piece.at >= end) break;
        const from = Math.max(start, piece.at);
        const to = Math.min(end, piece.at + piece.chars);
        if (to > from) parts.push({ offset: piece.offset + (from - piece.at), chars: to - from });
      }
      return parts;
    },
    toView(place) {
      const piece = kept.findLast((it) => it.offset <= place);
      return piece === undefined ? 0 : piece.at + Math.min(place - piece.offset, piece.chars);
    },
  };
}
