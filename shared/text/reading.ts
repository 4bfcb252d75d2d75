import type { Block, Piece, Range } from './block.ts';
import type { BlockName } from './block-name.ts';
import type { FenceLine } from './fence-line.ts';

/**
 * One interpretation of the fences up to some line. If a fence is ambiguous (the end of a Markdown block, or the start
 * of a block inside it), both readings continue, and the one with the lowest cost at the end is chosen. Unlikely
 * constructs have a cost: a block that is never closed, a file inside another, a closing fence before a line of prose.
 */
export interface Reading {
  readonly cost: number;
  /** The innermost open block. */
  readonly open: Frame | undefined;
  readonly done: Done | undefined;
  /** A file is outside of any wrapper: from here on no block counts as a wrapper. */
  readonly hasFiles: boolean;
  /** Lines before this offset are inside the block of a tag. */
  readonly skipTo: number;
}

export interface Frame {
  readonly kind: 'code' | 'markdown' | 'wrapper' | 'inner';
  readonly fence: FenceLine;
  readonly name: BlockName;
  readonly up: Frame | undefined;
  /** Length of the longest inner fence of the same character so far; 0 if all have the other character; -1 if none. */
  readonly longestInner: number;
  /** Inner blocks with their own path. */
  readonly nested: readonly Range[];
  /** Of a wrapper: the pieces before it, and whether it contains a file. */
  readonly before: Done | undefined;
  readonly holdsFile: boolean;
  /** Can the block wrap others? `apart` once another reading treats it as a wrapper. */
  readonly wraps: 'no' | 'perhaps' | 'apart';
}

/** The pieces so far, the last one first: readings share those before they diverged. */
export interface Done {
  readonly piece: Piece;
  readonly before: Done | undefined;
  readonly count: number;
}

/** The cost of an open block at the end of the text. A model that wraps its answer often omits the last fence. */
const unclosedCost = 4;
const unclosedInnerCost = 0.5;
const unclosedWrapperCost = 1;

export const firstReading: Reading = {
  cost: 0,
  open: undefined,
  done: undefined,
  hasFiles: false,
  skipTo: 0,
};

/** The cost of `reading` if the text ends here. */
export function finalCost(reading: Reading): number {
  let sum = reading.cost;
  for (let frame = reading.open; frame !== undefined; frame = frame.up) {
    if (frame.kind === 'wrapper' && frame.holdsFile) sum += unclosedWrapperCost;
    else if (frame.kind === 'inner') sum += unclosedInnerCost;
    else sum += unclosedCost;
  }
  return sum;
}

/** The open block of `reading` so far; `undefined` outside of any, or directly in a wrapper of files. */
export function openBlockOf(reading: Reading, textEnd: number): Block | undefined {
  const frames: Frame[] = [];
  for (let frame = reading.open; frame !== undefined; frame = frame.up) frames.unshift(frame);
  while (frames[0]?.kind === 'wrapper' && frames[0].holdsFile) frames.shift();
  const [outer] = frames;
  if (outer === undefined) return undefined;
  const openInfos = frames.map(({ fence }) => fence.info);
  return { ...blockOf(outer, { end: textEnd, next: textEnd, isClosed: false }), openInfos };
}

/** The pieces of `reading`, without the inner blocks of a possible wrapper. */
export function settledOf(reading: Reading): Done | undefined {
  let { done } = reading;
  for (let frame = reading.open; frame !== undefined; frame = frame.up) {
    if (frame.kind === 'wrapper' && !frame.holdsFile) done = frame.before;
  }
  return done;
}

export function withPiece(done: Done | undefined, piece: Piece): Done {
  return { piece, before: done, count: (done?.count ?? 0) + 1 };
}

/** Are both at the same position in the same kind of block, so that the rest costs the same for both? */
export function isSameState(one: Reading, other: Reading): boolean {
  if (one.hasFiles !== other.hasFiles || one.skipTo !== other.skipTo) return false;
  let frame = one.open;
  let against = other.open;
  while (frame !== against) {
    if (frame === undefined || against === undefined || !isSameFrame(frame, against)) return false;
    frame = frame.up;
    against = against.up;
  }
  return true;
}

function isSameFrame(one: Frame, other: Frame): boolean {
  return (
    one.kind === other.kind &&
    one.longestInner === other.longestInner &&
    one.holdsFile === other.holdsFile &&
    one.wraps === other.wraps &&
    one.fence.char === other.fence.char &&
    one.fence.length === other.fence.length &&
    one.fence.indent === other.fence.indent
  );
}

/** `open` as a block, with its end. */
export function blockOf(
  open: Frame,
  place: { readonly end: number; readonly next: number; readonly isClosed: boolean },
): Block {
  const { fence, name, nested } = open;
  return {
    kind: 'fence',
    lineStart: fence.lineStart,
    start: fence.next,
    end: Math.max(fence.next, place.end),
    next: place.next,
    isClosed: place.isClosed,
    info: fence.info,
    name,
    listIndent: fence.isInList ? fence.indent : '',
    nested,
    openInfos: [],
  };
}

/** The block that contains all inner ones of `frame`. */
export function outermost(frame: Frame): Frame {
  let outer = frame;
  while (outer.kind === 'inner' && outer.up !== undefined) outer = outer.up;
  return outer;
}

/** `frame` with a change of that block. */
export function mapOutermost(frame: Frame, change: (frame: Frame) => Frame): Frame {
  if (frame.kind !== 'inner' || frame.up === undefined) return change(frame);
  return { ...frame, up: mapOutermost(frame.up, change) };
}

/** How many blocks are open, `frame` and those around it. */
export function depthOf(frame: Frame): number {
  return frame.up === undefined ? 1 : depthOf(frame.up) + 1;
}
