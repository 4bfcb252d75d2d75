import type { TextPart } from '../primitives.ts';
import type { Piece } from './block.ts';
import { scanBlocks } from './scan-blocks.ts';
import { repairSeams } from './seam.ts';
import { answerStart } from './thought.ts';

/**
 * The parts of a text that is a whole README: without the thought at its start, an enclosing code block, white
 * space around it, and repetitions at a seam; empty if nothing is left.
 *
 * @param seams Offsets at which an attempt continued a truncated text, ascending.
 */
export function readmeParts(text: string, seams: readonly number[]): readonly TextPart[] {
  const { view, breaks } = repairSeams(text, { start: answerStart(text), seams });
  const end = view.text.trimEnd().length;
  const start = view.text.length - view.text.trimStart().length;
  if (start >= end) return [];
  const { from, to } = insideOf(scanBlocks(view.text, { breaks }).pieces, { start, end }) ?? {
    from: start,
    to: view.text.length,
  };
  return view.parts(from, to);
}

/** The content of a block that encloses everything from `start` to `end`; `undefined` if there is none. */
function insideOf(
  pieces: readonly Piece[],
  { start, end }: { readonly start: number; readonly end: number },
): { readonly from: number; readonly to: number } | undefined {
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (first.lineStart > start || last.next < end) return undefined;
  if (first.kind === 'wrapper' && last.kind === 'wrapper' && first !== last) {
    return { from: first.next, to: last.lineStart };
  }
  if (first !== last || first.kind !== 'fence' || !first.isClosed) return undefined;
  return /^(?:markdown|md|)$/i.test(first.info) ? { from: first.start, to: first.end } : undefined;
}
