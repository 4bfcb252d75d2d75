import type { Block, Piece, Range } from './block.ts';
import type { BlockName } from './block-name.ts';
import { isMarkdownLanguage } from './block-name.ts';
import { columnsOf, type FenceLine } from './fence-line.ts';
import { isMarkdownPath } from './file-path.ts';

/**
 * One way to read the fences up to some line. Where a fence may mean two things, a Markdown block's end or the beginning
 * of a block inside it, both readings go on, and the one that costs least in the end is right: what makes a text odd (a
 * block that is never closed, a file inside another, a closing fence before a line of prose) has a cost.
 */
export interface Reading {
  readonly cost: number;
  /** The innermost open block. */
  readonly open: Frame | undefined;
  readonly done: Done | undefined;
  /** A file stands outside of any wrapper: from here on no block is taken for one. */
  readonly hasFiles: boolean;
  /** Lines before this offset are inside a tag's block. */
  readonly skipTo: number;
}

export interface Frame {
  readonly kind: 'code' | 'markdown' | 'wrapper' | 'inner';
  readonly fence: FenceLine;
  readonly name: BlockName;
  readonly up: Frame | undefined;
  /** The longest fence of its own character inside so far; 0 if all are of the other one; -1 if there is none. */
  readonly longestInner: number;
  /** Blocks inside that have a path of their own. */
  readonly nested: readonly Range[];
  /** Of a wrapper: the pieces before it, and whether a file is in it. */
  readonly before: Done | undefined;
  readonly holdsFile: boolean;
  /** May the block wrap others? `apart` once another reading takes it for a wrapper. */
  readonly wraps: 'no' | 'perhaps' | 'apart';
}

/** The pieces that are read, the last one first: readings share those before they parted. */
export interface Done {
  readonly piece: Piece;
  readonly before: Done | undefined;
  readonly count: number;
}

export interface Token {
  readonly fence: FenceLine;
  readonly name: () => BlockName;
  /** There is only one reading so far: what it costs is of no account. */
  readonly isOnlyReading: boolean;
}

const cost = {
  unclosed: 4,
  unclosedInner: 5,
  unclosedWrapper: 1,
  /** A file stands where the block before it was not closed. */
  implicitEnd: 4,
  implicitEndOfMarkdown: 6,
  nestedFile: 3,
  furtherNestedFile: 0.5,
  fileInCode: 6,
  wrapperWithoutLanguage: 2,
  nestedWithoutLanguage: 0.5,
} as const;

/** From this difference on the shape of the lines around a fence decides alone. */
const decisive = 3;
const mostNesting = 4;

export const firstReading: Reading = {
  cost: 0,
  open: undefined,
  done: undefined,
  hasFiles: false,
  skipTo: 0,
};

/** The ways to go on with `reading` at a fence. */
export function readOn(reading: Reading, token: Token): readonly Reading[] {
  const { open } = reading;
  if (open === undefined) return openBlock(reading, token);
  switch (open.kind) {
    case 'code':
      return inCode(reading, open, token);
    case 'markdown':
      return inMarkdown(reading, open, token);
    case 'wrapper':
      return inWrapper(reading, open, token);
    case 'inner':
      return inInner(reading, open, token);
    default:
      return open.kind satisfies never;
  }
}

/** The cost of `reading` if the text ends here. */
export function finalCost(reading: Reading): number {
  let sum = reading.cost;
  for (let frame = reading.open; frame !== undefined; frame = frame.up) {
    if (frame.kind === 'wrapper' && frame.holdsFile) sum += cost.unclosedWrapper;
    else if (frame.kind === 'inner') sum += 0.5;
    else sum += cost.unclosed;
  }
  return sum;
}

/** The block that is open in `reading`, as far as it goes; `undefined` outside of any, or directly in a wrapper of files. */
export function openBlockOf(reading: Reading, textEnd: number): Block | undefined {
  const frames: Frame[] = [];
  for (let frame = reading.open; frame !== undefined; frame = frame.up) frames.unshift(frame);
  while (frames[0]?.kind === 'wrapper' && frames[0].holdsFile) frames.shift();
  const [outer] = frames;
  if (outer === undefined) return undefined;
  const openInfos = frames.map(({ fence }) => fence.info);
  return { ...blockOf(outer, { end: textEnd, next: textEnd, isClosed: false }), openInfos };
}

/** What is read of `reading`, without the blocks inside what may turn out to be a wrapper. */
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

/** Notes that a file's tag was read. */
export function withTag(reading: Reading, block: Block): Reading {
  const { open } = reading;
  const hasFiles = reading.hasFiles || open === undefined;
  const on = { ...reading, hasFiles, skipTo: block.next };
  if (open?.kind !== 'wrapper') return { ...on, done: withPiece(reading.done, block) };
  const done = open.holdsFile ? reading.done : unwrapped(reading.done, open);
  return { ...on, open: { ...open, holdsFile: true }, done: withPiece(done, block) };
}

function openBlock(reading: Reading, token: Token): readonly Reading[] {
  const { fence } = token;
  const name = token.name();
  const isFree = token.isOnlyReading && reading.open === undefined;
  const paid = isFree || fence.info !== '' ? reading.cost : reading.cost + openingCost(token);
  const isNamed = name.name !== undefined;
  const isMarkdown = isMarkdownLanguage(name.language) || isMarkdownPath(name.name ?? '');
  const wrapper = reading.open?.kind === 'wrapper' ? reading.open : undefined;
  const inWrapper = wrapper !== undefined;
  const up = inWrapper ? withInner(wrapper, fence, isNamed) : reading.open;
  const done = isNamed && wrapper?.holdsFile === false ? unwrapped(reading.done, wrapper) : reading.done;
  const hasFiles = reading.hasFiles || (isNamed && !inWrapper);
  const opened = (kind: Frame['kind'], wraps: Frame['wraps'] = 'no'): Reading => ({
    cost: paid,
    done,
    hasFiles,
    skipTo: reading.skipTo,
    open: {
      kind,
      fence,
      name,
      up,
      longestInner: -1,
      nested: [],
      before: done,
      holdsFile: false,
      wraps,
    },
  });
  const mayWrap = !isNamed && !hasFiles && !inWrapper;
  if (isMarkdown) return [opened(mayWrap ? 'wrapper' : 'markdown')];
  const isPlain = /^(?:|text|txt|plaintext|plain)$/.test(name.language) && fence.info === name.language;
  return [opened('code', mayWrap && isPlain ? 'perhaps' : 'no')];
}

function inCode(reading: Reading, open: Frame, token: Token): readonly Reading[] {
  const { fence } = token;
  const closes = fence.info === '' && couldClose(open.fence, fence);
  if (open.wraps === 'perhaps' && !closes) {
    const code: Reading = { ...reading, open: { ...open, wraps: 'apart' } };
    const wrapper: Frame = { ...open, kind: 'wrapper', wraps: 'no' };
    const wraps = inWrapper(
      { ...reading, cost: reading.cost + cost.wrapperWithoutLanguage, open: wrapper },
      wrapper,
      token,
    );
    return [...inCode(code, { ...open, wraps: 'apart' }, token), ...wraps];
  }
  const wrapper = open.up?.kind === 'wrapper' ? open.up : undefined;
  const endsWrapper = wrapper !== undefined && couldClose(wrapper.fence, fence) && fence.info === '';
  if (endsWrapper && fence.length > wrapper.longestInner && wrapper.longestInner > 0) {
    return [closeWrapper(endUnclosed(reading, open, fence), wrapper, token)];
  }
  if (closes) {
    const isFree = token.isOnlyReading && !endsWrapper;
    return [close(reading, open, token, isFree)];
  }
  const isApart = open.wraps === 'apart';
  if (couldClose(open.fence, fence) && hasPathInInfo(token)) {
    if (isApart) return [];
    const ended = endUnclosed(reading, open, fence);
    return [
      { ...reading, cost: reading.cost + cost.fileInCode },
      ...openBlock({ ...ended, cost: ended.cost + cost.implicitEnd }, token),
    ];
  }
  if (isApart && (fence.info !== '' || fence.length < open.fence.length) && token.name().name !== undefined)
    return [];
  if (!endsWrapper) return [reading];
  const ended = closeWrapper(endUnclosed(reading, open, fence), wrapper, token);
  return [reading, { ...ended, cost: ended.cost + cost.unclosedInner }];
}

function inMarkdown(reading: Reading, open: Frame, token: Token): readonly Reading[] {
  const { fence } = token;
  if (!couldClose(open.fence, fence)) return [{ ...reading, open: withInner(open, fence, false) }];
  if (fence.info === '') {
    const closed = close(reading, open, token);
    if (open.longestInner >= 0 && fence.length > open.longestInner) return [closed];
    const nested = openInner(reading, open, token);
    return decide(closed, { ...nested, cost: nested.cost + openingCost(token) + cost.nestedWithoutLanguage });
  }
  const nested = openInner(reading, open, token);
  if (!hasPathInInfo(token)) return [nested];
  const ended = endUnclosed(reading, open, fence);
  return [nested, ...openBlock({ ...ended, cost: ended.cost + cost.implicitEndOfMarkdown }, token)];
}

function inInner(reading: Reading, open: Frame, token: Token): readonly Reading[] {
  const { fence } = token;
  const outer = outermost(open);
  const endsOuter = fence.info === '' && couldClose(outer.fence, fence);
  const endOuter = () => close({ ...reading, open: outer }, outer, token);
  if (endsOuter && outer.longestInner >= 0 && fence.length > outer.longestInner) return [endOuter()];
  const couldEndInner = couldClose(open.fence, fence);
  if (fence.info !== '' && couldEndInner) {
    const isNamed = hasPathInInfo(token);
    const isMarkdown = isMarkdownLanguage(open.name.language) || isMarkdownPath(open.name.name ?? '');
    const on =
      isMarkdown && depthOf(open) < mostNesting
        ? openInner(reading, open, token)
        : swallow(reading, open, token);
    if (!isNamed) return [on];
    const ended = endUnclosed({ ...reading, open: outer }, outer, fence);
    return [on, ...openBlock({ ...ended, cost: ended.cost + cost.implicitEndOfMarkdown }, token)];
  }
  if (!endsOuter && !couldEndInner) return [reading];
  const inner = couldEndInner && fence.info === '' ? closeInner(reading, open, token) : reading;
  if (!endsOuter) return [inner];
  const ended = endOuter();
  return [inner, { ...ended, cost: ended.cost + cost.unclosedInner }];
}

function inWrapper(reading: Reading, open: Frame, token: Token): readonly Reading[] {
  const { fence } = token;
  if (fence.info !== '' || !couldClose(open.fence, fence)) return openBlock(reading, token);
  const closed = closeWrapper(reading, open, token);
  const isMarkdown = isMarkdownLanguage(open.name.language);
  const isLongest = open.longestInner >= 0 && fence.length > open.longestInner;
  if (!isMarkdown || isLongest) return [closed];
  const [nested, ...others] = openBlock(reading, token);
  if (nested === undefined) return [closed];
  return [...decide(closed, { ...nested, cost: nested.cost + cost.nestedWithoutLanguage }), ...others];
}

/** Both, or the one that the lines around the fence speak for clearly. */
function decide(one: Reading, other: Reading): readonly Reading[] {
  if (other.cost - one.cost >= decisive) return [one];
  if (one.cost - other.cost >= decisive) return [other];
  return [one, other];
}

function close(reading: Reading, open: Frame, token: Token, isFree = false): Reading {
  const { fence } = token;
  const block = blockOf(open, { end: fence.lineStart, next: fence.next, isClosed: true });
  return {
    cost: isFree ? reading.cost : reading.cost + closingCost(token),
    open: open.up,
    done: withPiece(reading.done, block),
    hasFiles: reading.hasFiles,
    skipTo: reading.skipTo,
  };
}

/** What is open ends before `fence`, without a fence of its own. */
function endUnclosed(reading: Reading, open: Frame, fence: FenceLine): Reading {
  const block = blockOf(open, { end: fence.lineStart, next: fence.lineStart, isClosed: false });
  return { ...reading, open: open.up, done: withPiece(reading.done, block) };
}

function closeWrapper(reading: Reading, open: Frame, token: Token): Reading {
  if (!open.holdsFile) return close({ ...reading, done: open.before }, open, token);
  const { fence } = token;
  const done = withPiece(reading.done, { kind: 'wrapper', lineStart: fence.lineStart, next: fence.next });
  return { ...reading, cost: reading.cost + closingCost(token), open: open.up, done };
}

/** `done` with the opening line of `wrapper` in its place, now that a file is in it. */
function unwrapped(done: Done | undefined, wrapper: Frame): Done {
  const inside: Piece[] = [];
  for (let link = done; link !== undefined && link !== wrapper.before; link = link.before)
    inside.push(link.piece);
  const { lineStart, next } = wrapper.fence;
  return inside.reduceRight(withPiece, withPiece(wrapper.before, { kind: 'wrapper', lineStart, next }));
}

function openInner(reading: Reading, open: Frame, token: Token): Reading {
  const { fence } = token;
  const name = token.name();
  const isNamed = name.name !== undefined && name.source === 'info';
  const outer = outermost(open);
  const price = isNamed ? (outer.nested.length === 0 ? cost.nestedFile : cost.furtherNestedFile) : 0;
  const nested = isNamed
    ? [...outer.nested.slice(-99), { start: fence.next, end: fence.next, path: name.name ?? '' }]
    : outer.nested;
  const up = mapOutermost(open, (frame) => ({ ...withInner(frame, fence, false), nested }));
  return {
    ...reading,
    cost: reading.cost + price,
    open: {
      kind: 'inner',
      fence,
      name,
      up,
      longestInner: -1,
      nested: [],
      before: undefined,
      holdsFile: isNamed,
      wraps: 'no',
    },
  };
}

function closeInner(reading: Reading, open: Frame, token: Token): Reading {
  const up = open.up;
  const ended =
    open.holdsFile && up !== undefined
      ? mapOutermost(up, (frame) => ({
          ...frame,
          nested: frame.nested.map((it) =>
            it.start === open.fence.next ? { ...it, end: token.fence.lineStart } : it,
          ),
        }))
      : up;
  return { ...reading, cost: reading.cost + closingCost(token), open: ended };
}

/** A fence that opens nothing, since what is open holds no blocks. */
function swallow(reading: Reading, open: Frame, token: Token): Reading {
  const price = hasPathInInfo(token) ? cost.nestedFile : 1;
  return {
    ...reading,
    cost: reading.cost + price,
    open: mapOutermost(open, (frame) => withInner(frame, token.fence, false)),
  };
}

function withInner(frame: Frame, fence: FenceLine, holdsFile: boolean): Frame {
  const length = fence.char === frame.fence.char ? fence.length : 0;
  if (length <= frame.longestInner && (frame.holdsFile || !holdsFile)) return frame;
  return {
    ...frame,
    longestInner: Math.max(frame.longestInner, length),
    holdsFile: frame.holdsFile || holdsFile,
  };
}

/** Do both stand at the same place of the same kind of block, so that whatever follows costs both the same? */
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

function outermost(frame: Frame): Frame {
  let outer = frame;
  while (outer.kind === 'inner' && outer.up !== undefined) outer = outer.up;
  return outer;
}

function mapOutermost(frame: Frame, change: (frame: Frame) => Frame): Frame {
  if (frame.kind !== 'inner' || frame.up === undefined) return change(frame);
  return { ...frame, up: mapOutermost(frame.up, change) };
}

function depthOf(frame: Frame): number {
  return frame.up === undefined ? 1 : depthOf(frame.up) + 1;
}

function couldClose(opening: FenceLine, fence: FenceLine): boolean {
  return (
    fence.char === opening.char &&
    fence.length >= opening.length &&
    columnsOf(fence.indent) <= Math.max(3, columnsOf(opening.indent) + 3)
  );
}

function hasPathInInfo(token: Token): boolean {
  return token.fence.info !== '' && token.name().source === 'info';
}

function closingCost({ fence, name }: Token): number {
  const around =
    (fence.behind === 'text' ? 1 : 0) + (fence.before === 'blank' || fence.before === 'colon' ? 1 : 0);
  // A line that names a file stands before the fence that opens it.
  return around + (around > 0 && name().source === 'line' ? 2 : 0);
}

function openingCost({ fence, name }: Token): number {
  const behind = { blank: 2, end: 6, fence: 1, text: 0, unknown: 0 }[fence.behind];
  const isIntroduced = fence.before === 'blank' || fence.before === 'colon' || name().source === 'line';
  return behind + (isIntroduced ? 0 : 1);
}

function blockOf(
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
