import type { Block, Piece } from './block.ts';
import { nameBlock, type BlockName } from './block-name.ts';
import { columnsOf, readFence, type FenceLine } from './fence-line.ts';
import { readMidLineFence } from './mid-line-fence.ts';
import { readQuotedBlock } from './quoted-block.ts';
import { readFileTag, type FileTag } from './file-tags.ts';
import type { Token } from './fence-token.ts';
import { readOn, withTag } from './read-on.ts';
import {
  finalCost,
  firstReading,
  isSameState,
  openBlockOf,
  settledOf,
  type Done,
  type Reading,
} from './reading.ts';

export interface ScanOptions {
  /** More text may follow: an incomplete line is not read, and the end of the text decides nothing. @default false */
  readonly isGrowing?: boolean;
  /** Offsets in the middle of a line at which a fence counts as at the start of a line, ascending. */
  readonly breaks?: readonly number[];
}

/** The blocks of a text. */
export interface Scan {
  /** In order, without overlap. The last one may be open. */
  readonly pieces: readonly Piece[];
  /** Number of blocks that no further text can change, except a single open block at the end. */
  readonly settled: number;
}

/** Readings that cost this much more than the best one are discarded. */
const mostExtraCost = 8;
const mostReadings = 12;

/** The fenced blocks of `text`, and those in tags of files, read in one pass: linear in its length. */
export function scanBlocks(text: string, options: ScanOptions = {}): Scan {
  const { isGrowing = false } = options;
  let readings: readonly Reading[] = [firstReading];
  for (const line of markedLines(text, { isGrowing, breaks: options.breaks ?? [] })) {
    const isUnknown = line.kind === 'fence' && line.fence.behind === 'unknown';
    const token =
      line.kind === 'fence'
        ? tokenOf(text, line.fence, { isGrowing, isOnlyReading: readings.length === 1 })
        : undefined;
    const [first] = readings;
    const isAlone = readings.length === 1 && first !== undefined;
    const next = isAlone
      ? goOn(first, line, token)
      : readings.flatMap((reading) => goOn(reading, line, token));
    // No reading accepts this line: it is not a fence.
    if (next.length === 0) continue;
    // The following text decides: before that no reading can be discarded.
    readings = next.length === 1 || isUnknown ? next : fewest(next);
  }
  const best = readings.reduce((one, other) => (finalCost(other) < finalCost(one) ? other : one));
  return piecesOf(best, isGrowing ? readings : [best], text.length);
}

function goOn(reading: Reading, line: MarkedLine, token: Token | undefined): readonly Reading[] {
  if (line.lineStart < reading.skipTo) return [reading];
  if (token?.fence.isMidLine === true && reading.open !== undefined && reading.open.kind !== 'wrapper')
    return [reading];
  if (token !== undefined) return readOn(reading, token);
  const { open } = reading;
  const isOutside =
    open === undefined || open.kind === 'wrapper' || (open.kind === 'code' && open.wraps !== 'no');
  return line.kind === 'block' && isOutside ? [withTag(reading, line.block)] : [reading];
}

function piecesOf(best: Reading, readings: readonly Reading[], textEnd: number): Scan {
  const pieces: Piece[] = [];
  for (let link = settledOf(best); link !== undefined; link = link.before) pieces.push(link.piece);
  pieces.reverse();
  const settled = readings.length === 1 ? pieces.length : commonCount(readings);
  const open = openBlockOf(best, textEnd);
  if (open !== undefined) return { pieces: [...pieces, open], settled };
  const last = pieces.at(-1);
  const endsOpen = last !== undefined && last.kind !== 'wrapper' && !last.isClosed;
  return { pieces, settled: endsOpen ? Math.min(settled, pieces.length - 1) : settled };
}

/** Number of leading pieces that all readings have in common. */
function commonCount(readings: readonly Reading[]): number {
  let common: Done | undefined = readings[0] === undefined ? undefined : settledOf(readings[0]);
  for (const reading of readings.slice(1)) {
    let other = settledOf(reading);
    while (common !== other) {
      if ((common?.count ?? 0) >= (other?.count ?? 0)) common = common?.before;
      else other = other?.before;
    }
  }
  return common?.count ?? 0;
}

function fewest(readings: readonly Reading[]): readonly Reading[] {
  const byCost = readings.toSorted((one, other) => one.cost - other.cost);
  const most = (byCost[0]?.cost ?? 0) + mostExtraCost;
  const kept: Reading[] = [];
  for (const reading of byCost) {
    if (reading.cost > most || kept.length >= mostReadings) break;
    if (!kept.some((it) => isSameState(it, reading))) kept.push(reading);
  }
  return kept;
}

function tokenOf(text: string, fence: FenceLine, flags: Pick<Token, 'isGrowing' | 'isOnlyReading'>): Token {
  let name: BlockName | undefined;
  return { ...flags, fence, name: () => (name ??= nameBlock(text, fence)) };
}

type MarkedLine =
  | { readonly kind: 'fence'; readonly lineStart: number; readonly fence: FenceLine }
  | { readonly kind: 'block'; readonly lineStart: number; readonly block: Block };

/** The lines that may begin or end a block. */
function* markedLines(
  text: string,
  options: { readonly isGrowing: boolean; readonly breaks: readonly number[] },
): Generator<MarkedLine, void> {
  const { isGrowing, breaks } = options;
  const lastInk = text.trimEnd().length;
  const closings = closingsOf(text);
  let nextBreak = 0;
  let floor = 0;
  let isList = false;
  /** Indentation of the open fence in a list; -1 if there is none. */
  let listColumns = -1;
  let before: FenceLine['before'] = 'blank';
  for (let lineStart = 0; lineStart < text.length;) {
    const newline = text.indexOf('\n', lineStart);
    if (newline === -1 && isGrowing) return;
    let next = newline === -1 ? text.length : newline + 1;
    while ((breaks[nextBreak] ?? Infinity) <= lineStart) nextBreak += 1;
    const seam = breaks[nextBreak];
    if (seam !== undefined && seam < next) next = seam;

    let ink = lineStart;
    while (ink < next && isBlank(text.charCodeAt(ink))) ink += 1;
    const first = text.charAt(ink);
    if (ink >= next || first === '\r' || first === '\n') {
      if (text.slice(ink, next).trim() === '') before = 'blank';
      lineStart = next;
      continue;
    }
    if ((first === '`' || first === '~') && text.startsWith(first.repeat(3), ink)) {
      const read = readFence(text.slice(lineStart, next));
      if (read !== undefined && (isList || columnsOf(read.indent) <= Math.max(3, listColumns + 3))) {
        const behind = behindOf(text, next, { isGrowing, lastInk });
        const isInList = isList && read.indent !== '';
        const { char, length, info, indent } = read;
        const fence: FenceLine = {
          lineStart,
          next,
          char,
          length,
          info,
          indent,
          isInList,
          floor,
          before,
          behind,
        };
        yield { kind: 'fence', lineStart, fence };
        if (listColumns !== -1 && info === '') {
          listColumns = -1;
          isList = true;
        } else if (isInList) listColumns = columnsOf(indent);
        if (indent === '') isList = false;
        floor = next;
        before = 'fence';
        lineStart = next;
        continue;
      }
    }
    if (first === '<') {
      const tag = readFileTag(
        text.slice(lineStart, Math.min(next, lineStart + 1200)),
        text.slice(next, next + 800),
      );
      const block =
        tag === undefined ? undefined : tagBlock(text, { tag, lineStart, next, isGrowing, closings });
      if (block !== undefined) {
        yield { kind: 'block', lineStart, block };
        before = 'fence';
      }
    }
    if (first === '>') {
      const block = readQuotedBlock(text, { lineStart, next, floor });
      if (block !== undefined && !(isGrowing && (!block.isClosed || block.next === text.length)))
        yield { kind: 'block', lineStart, block };
    } else {
      const fence = readMidLineFence(text, { lineStart, next });
      if (fence !== undefined) yield { kind: 'fence', lineStart: fence.lineStart, fence };
    }
    if (ink === lineStart || '-*+'.includes(first) || (first >= '0' && first <= '9')) {
      const item = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]/.test(
        text.slice(lineStart, Math.min(next, lineStart + 200)),
      );
      if (item) isList = true;
      else if (ink === lineStart) isList = false;
    }
    before = endsWithColon(text, next) ? 'colon' : 'text';
    lineStart = next;
  }
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function endsWithColon(text: string, next: number): boolean {
  let end = next - 1;
  while (end > 0 && /\s/.test(text.charAt(end)) && next - end < 8) end -= 1;
  return text.charAt(end) === ':' || text.slice(end - 2, end + 1) === ':**';
}

function behindOf(
  text: string,
  next: number,
  options: { readonly isGrowing: boolean; readonly lastInk: number },
): FenceLine['behind'] {
  const { isGrowing, lastInk } = options;
  const newline = text.indexOf('\n', next);
  const line = text.slice(next, Math.min(newline === -1 ? text.length : newline, next + 200));
  const ink = line.trimStart();
  if (isGrowing) {
    if (newline === -1 && (ink === '' || /^[`~<]/.test(ink))) return 'unknown';
  } else if (next >= lastInk) return 'end';
  if (ink === '') return 'blank';
  return /^(?:`{3}|~{3})/.test(ink) ? 'fence' : 'text';
}

interface Closings {
  /** Position of the next `</tag` from `from` on; -1 if there is none. Must be called with growing offsets. */
  next(tag: string, from: number): number;
  nextOpening(tag: string, from: number): number;
}

function closingsOf(text: string): Closings {
  const known = new Map<string, number>();
  const search = (what: string, from: number) => {
    const last = known.get(what);
    if (last !== undefined && (last === -1 || last >= from)) return last;
    const found = text.indexOf(what, from);
    known.set(what, found);
    return found;
  };
  return {
    next: (tag, from) => search(`</${tag}`, from),
    nextOpening: (tag, from) => search(`<${tag} `, from),
  };
}

function tagBlock(
  text: string,
  line: {
    readonly tag: FileTag;
    readonly lineStart: number;
    readonly next: number;
    readonly isGrowing: boolean;
    readonly closings: Closings;
  },
): Block | undefined {
  const { tag, lineStart, next, isGrowing, closings } = line;
  const tagEnd = lineStart + tag.end;
  const isAlone = text.slice(tagEnd, next).trim() === '';
  const start = tag.behind > 0 ? next + tag.behind : isAlone ? next : tagEnd;
  const closing = closings.next(tag.tag, start);
  const opening = closings.nextOpening(tag.tag, tagEnd);
  const name: BlockName = { language: '', name: tag.path, source: 'info', isExcerpt: false };
  const common = {
    kind: 'tag',
    lineStart,
    info: '',
    name,
    listIndent: '',
    nested: [],
    openInfos: [],
  } as const;
  if (closing !== -1 && (opening === -1 || closing < opening)) {
    const ownLine = text.lastIndexOf('\n', closing) + 1;
    const end = ownLine > start && text.slice(ownLine, closing).trim() === '' ? ownLine : closing;
    const outer = tag.behind > 0 ? closings.next(tag.outer, closing) : closing;
    const newline = text.indexOf('\n', outer === -1 ? closing : outer);
    return { ...common, start, end, next: newline === -1 ? text.length : newline + 1, isClosed: true };
  }
  const isFenced = /^\s*(?:`{3}|~{3})/.test(text.slice(next, next + 200));
  if (isFenced && (!isGrowing || opening !== -1)) return undefined;
  const end = opening === -1 ? text.length : Math.max(start, text.lastIndexOf('\n', opening) + 1);
  return { ...common, start, end, next: end, isClosed: false };
}
