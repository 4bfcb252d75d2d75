import type { Block, Piece } from './block.ts';
import { isMarkdownLanguage } from './block-name.ts';
import type { FenceLine } from './fence-line.ts';
import {
  closingCost,
  couldClose,
  hasPathInInfo,
  isNamedFence,
  openingCost,
  type Token,
} from './fence-token.ts';
import { isMarkdownPath } from './file-path.ts';
import {
  blockOf,
  depthOf,
  mapOutermost,
  outermost,
  withPiece,
  type Done,
  type Frame,
  type Reading,
} from './reading.ts';

/** The costs of unlikely constructs. The reading with the lowest cost is the most likely one. */
const cost = {
  unclosedInner: 5,
  /** A file begins where the previous block was not closed. */
  implicitEnd: 4,
  endByShortFence: 3,
  implicitEndOfMarkdown: 6,
  nestedFile: 3,
  furtherNestedFile: 0.5,
  fileInCode: 6,
  wrapperWithoutLanguage: 2,
  nestedWithoutLanguage: 0.5,
} as const;

/** From this difference on, the form of the lines around a fence decides alone. */
const decisive = 3;
const mostNesting = 4;

/** The possible continuations of `reading` at a fence. */
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

/** Notes that a file's tag was read. */
export function withTag(reading: Reading, block: Block): Reading {
  const isWrapped = reading.open?.kind === 'code' && reading.open.wraps !== 'no';
  const open: Frame | undefined =
    isWrapped && reading.open !== undefined
      ? { ...reading.open, kind: 'wrapper', wraps: 'no' }
      : reading.open;
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
  const isPlain = /^(?:|text|txt|plaintext|plain|xml)$/.test(name.language) && fence.info === name.language;
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
  if (couldClose(open.fence, fence) && isNamedFence(token)) {
    if (isApart) return [];
    const ended = endUnclosed(reading, open, fence);
    return [
      { ...reading, cost: reading.cost + cost.fileInCode },
      ...openBlock({ ...ended, cost: ended.cost + cost.implicitEnd }, token),
    ];
  }
  if (isApart && (fence.info !== '' || fence.length < open.fence.length) && token.name().name !== undefined)
    return [];
  if (!endsWrapper) return endedByFile(reading, open, token);
  const ended = closeWrapper(endUnclosed(reading, open, fence), wrapper, token);
  return [reading, { ...ended, cost: ended.cost + cost.unclosedInner }];
}

/** A file in a block whose fence it cannot close: the block may have been closed by a fence that is too short. */
function endedByFile(reading: Reading, open: Frame, token: Token): readonly Reading[] {
  // The first one is where the file would have ended.
  if (token.isGrowing || open.longestInner >= 0 || !hasPathInInfo(token)) return [reading];
  const ended = endUnclosed(reading, open, token.fence);
  return [
    { ...reading, open: withInner(open, token.fence, false) },
    ...openBlock({ ...ended, cost: ended.cost + cost.endByShortFence }, token),
  ];
}

function inMarkdown(reading: Reading, open: Frame, token: Token): readonly Reading[] {
  const { fence } = token;
  if (!couldClose(open.fence, fence)) {
    return [{ ...passOver(reading, open, token), open: withInner(open, fence, false) }];
  }
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
  if (!endsOuter && !couldEndInner) return [passOver(reading, open, token)];
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

/** Both readings, or one of them if the lines around the fence clearly indicate it. */
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

/** The open block ends before `fence`, without a closing fence. */
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

/** `done` with the opening line of `wrapper` inserted, now that it contains a file. */
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

/** A fence of another character, or a shorter one, is content. If it names a file, it may also open that file. */
function passOver(reading: Reading, open: Frame, token: Token): Reading {
  if (!hasPathInInfo(token)) return reading;
  const price = open.longestInner < 0 ? cost.nestedFile : cost.furtherNestedFile;
  return { ...reading, cost: reading.cost + price };
}

/** A fence that opens nothing, since the open block cannot contain blocks. */
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
