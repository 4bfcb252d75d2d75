import type { BlockName } from './block-name.ts';
import { columnsOf, type FenceLine } from './fence-line.ts';

/** A line that may open or close a block, with the name of the block if it opens one. */
export interface Token {
  readonly fence: FenceLine;
  readonly name: () => BlockName;
  /** The end of the text is not known: readings that only the end can prove are not tried. */
  readonly isGrowing: boolean;
  /** There is only one reading so far: its cost does not matter. */
  readonly isOnlyReading: boolean;
}

/** Could `fence`, if it has no info string, close what `opening` opened? */
export function couldClose(opening: FenceLine, fence: FenceLine): boolean {
  return (
    fence.char === opening.char &&
    fence.length >= opening.length &&
    columnsOf(fence.indent) <= Math.max(3, columnsOf(opening.indent) + 3)
  );
}

/** Does it open a file for certain? */
export function hasPathInInfo(token: Token): boolean {
  return token.fence.info !== '' && token.name().source === 'info';
}

/** Does it open a file, named in its info string or by the line before it? */
export function isNamedFence(token: Token): boolean {
  return token.fence.info !== '' && /^(?:info|line)$/.test(token.name().source);
}

/** The cost of a block end here, from the lines around the fence. */
export function closingCost({ fence, name }: Token): number {
  const around =
    (fence.behind === 'text' ? 1 : 0) + (fence.before === 'blank' || fence.before === 'colon' ? 1 : 0);
  // A line that names a file precedes the fence that opens the file.
  return around + (around > 0 && name().source === 'line' ? 2 : 0);
}

/** The cost of a block without an info string that begins here. */
export function openingCost({ fence, name }: Token): number {
  const behind = { blank: 2, end: 6, fence: 1, text: 0, unknown: 0 }[fence.behind];
  const isIntroduced = fence.before === 'blank' || fence.before === 'colon' || name().source === 'line';
  return behind + (isIntroduced ? 0 : 1);
}
