import type { Block, Piece } from './block.ts';
import { canonicalLanguage, isMarkdownLanguage } from './block-name.ts';
import { readFence } from './fence-line.ts';
import { cleanPath, isMarkdownPath } from './file-path.ts';
import { languageOf } from './language-of.ts';
import { readInfo } from './info-string.ts';
import { mentionsPath } from './naming-line.ts';
import { scanBlocks } from './scan-blocks.ts';
import { viewOf, type Cut, type TextView } from './text-view.ts';
import { thoughtEnd } from './thought.ts';

/** A text with repaired seams. */
export interface RepairedText {
  readonly view: TextView;
  /** Offsets in the view where a fence counts as at the start of a line. */
  readonly breaks: readonly number[];
}

/** Each seam requires reading the text before it; further ones are not repaired. */
const mostSeams = 32;

/**
 * `whole` from `start` on, with the repetitions removed where an attempt continued a text that was cut off, at `seams`:
 * a fence that is opened again for the open block, the words before it, and repeated whole lines. If a file is written
 * again from its beginning, its first piece is removed.
 */
export function repairSeams(
  whole: string,
  options: { readonly start: number; readonly seams: readonly number[] },
): RepairedText {
  const { start, seams } = options;
  let cuts: readonly Cut[] = start > 0 ? [{ from: 0, to: start }] : [];
  const breaks: number[] = [];
  for (const seam of seams.filter((it) => it > start && it < whole.length).slice(0, mostSeams)) {
    const kept = viewOf(whole.slice(0, seam), cuts);
    const placed = breaks.map((it) => kept.toView(it));
    const repair = repairSeam({ kept, breaks: placed, rest: whole.slice(seam) });
    if (repair.isBreak) breaks.push(seam);
    if (repair.to > 0 || repair.from < kept.text.length) {
      const cut = {
        from: repair.from < kept.text.length ? kept.toWhole(repair.from) : seam,
        to: seam + repair.to,
      };
      cuts = [...cuts.filter((it) => it.to <= cut.from), cut];
    }
  }
  const view = viewOf(whole, cuts);
  return { view, breaks: breaks.map((it) => view.toView(it)) };
}

interface SeamRepair {
  /** The kept text is removed from here on. */
  readonly from: number;
  /** The rest is removed up to here. */
  readonly to: number;
  readonly isBreak: boolean;
}

interface Seam {
  readonly kept: TextView;
  readonly breaks: readonly number[];
  readonly rest: string;
}

function repairSeam(seam: Seam): SeamRepair {
  const kept = seam.kept.text;
  const thought = thoughtEnd(seam.rest);
  const rest = seam.rest.slice(thought);
  const repair = (more: Partial<SeamRepair>): SeamRepair => ({
    from: kept.length,
    isBreak: false,
    ...more,
    to: thought + (more.to ?? 0),
  });
  const open = openAtEnd(scanBlocks(kept, { breaks: seam.breaks }).pieces, kept);
  const lineStart = kept.lastIndexOf('\n') + 1;
  const lastLine = kept.slice(lineStart);
  if (open?.lineStart === lineStart && lastLine !== '') {
    // The opening line of the block was cut off: it is written again, or continued.
    const blank = /^\s*/.exec(rest)?.[0].length ?? 0;
    const isAgain = rest.startsWith(lastLine.trim(), blank) && rest.length > blank + lastLine.trim().length;
    return repair(isAgain ? { from: lineStart, to: blank } : {});
  }
  const isMidLine = lastLine !== '';
  if (open === undefined) {
    const isBreak = isMidLine && (readFence(firstLine(rest)) !== undefined || isClosing(lastLine, rest));
    return repair({ to: overlap(kept, rest, 0), isBreak });
  }
  const again = fenceAgain(open, rest, isMidLine);
  if (again === 'closes') return repair({ isBreak: isMidLine });
  if (again === undefined) {
    const chat = chatLength(open, rest);
    return repair({
      to: chat + overlap(kept, rest.slice(chat), open.start),
      isBreak: isMidLine && readFence(firstLine(rest)) !== undefined,
    });
  }
  const continuation = rest.slice(again);
  if (beginsAlike(kept.slice(open.start), continuation)) return repair({ from: open.start, to: again });
  return repair({ to: again + overlap(kept, continuation, open.start) });
}

function firstLine(text: string): string {
  const newline = text.indexOf('\n');
  return newline === -1 ? text : text.slice(0, newline);
}

function openAtEnd(pieces: readonly Piece[], text: string): Block | undefined {
  const last = pieces.at(-1);
  return last === undefined || last.kind === 'wrapper' || last.isClosed || last.next < text.length
    ? undefined
    : last;
}

function isClosing(lastLine: string, rest: string): boolean {
  return readFence(lastLine)?.info === '' && !/^\s*\n/.test(rest);
}

const mostChatLines = 3;

/** Where the content continues after a fence that is opened again for `open`; `undefined` if there is none. */
function fenceAgain(open: Block, rest: string, isMidLine: boolean): number | 'closes' | undefined {
  let chat = '';
  for (let start = 0, lines = 0; start < rest.length && lines <= mostChatLines;) {
    const newline = rest.indexOf('\n', start);
    const end = newline === -1 ? rest.length : newline + 1;
    const line = rest.slice(start, end);
    if (line.length > 600) return undefined;
    const fence = readFence(line);
    if (fence !== undefined) {
      if (!isChat(chat, open)) return undefined;
      if (fence.info === '') {
        if (chat === '' && !isMidLine) return undefined;
        if (isPairedBelow(rest.slice(end))) return end;
        return chat === '' ? 'closes' : undefined;
      }
      return isSameBlock(open, fence.info) ? end : undefined;
    }
    if (line.trim() !== '') {
      chat += line;
      lines += 1;
    }
    start = end;
  }
  return undefined;
}

/** Does a line of content follow, and is the next fence one that closes? */
function isPairedBelow(text: string): boolean {
  if (/^[ \t]*(?:\r?\n|$)/.test(text)) return false;
  const next = /^[ \t]*(?:`{3,}|~{3,})(.*)$/m.exec(text);
  return next?.[1]?.trim() === '';
}

function isSameBlock(open: Block, info: string): boolean {
  const again = readInfo(info);
  if (again.name !== undefined) {
    const path = cleanPath(again.name);
    return path !== undefined && path === cleanPath(open.name.name ?? '');
  }
  const infos =
    open.openInfos.length === 0 ? [open.info] : [open.openInfos.at(-1) ?? '', open.openInfos[0] ?? ''];
  const languages = infos.map((it) => readInfo(it).language);
  if (open.name.name !== undefined) languages.push(languageOf(open.name.name));
  const own = canonicalLanguage(again.language);
  return languages.some((it) => it === '' || canonicalLanguage(it) === own);
}

function isChat(chat: string, open: Block): boolean {
  const text = chat.trim();
  if (text === '') return true;
  if (
    text.length > 400 ||
    !/^[\p{Lu}*#(`"'¡¿]/u.test(text) ||
    !/[.:!…。：][*)]*$/u.test(text) ||
    !/\s|:$/.test(text)
  )
    return false;
  return !mentionsPath(text) || text.includes(cleanPath(open.name.name ?? '') ?? '\0');
}

const chatLine =
  /^\s*(?:Sure|Certainly|Of course|Okay|OK|Got it|Understood|Continuing|Continued|Absolutely|Sorry|Apologies|Here(?:'s| is|’s) the (?:rest|continuation|remaining|remainder)|I(?:'ll| will|’ll) continue|Let me continue)\b[^\n;{}=]*[.:!…](?:\r?\n)+/;

/** Words before content that continues without a fence. In a text file they may be content. */
function chatLength(open: Block, rest: string): number {
  const { name = '' } = open.name;
  const isProse =
    isMarkdownPath(name) ||
    isMarkdownLanguage(open.name.language) ||
    (languageOf(name) === 'text' && /^(?:|text|txt|plaintext)$/.test(open.name.language));
  return isProse ? 0 : (chatLine.exec(rest.slice(0, 400))?.[0].length ?? 0);
}

/** Do both begin with the same lines? Then the second does not continue the first, but repeats the whole. */
function beginsAlike(kept: string, again: string): boolean {
  const [one, other] = [kept, again].map((it) =>
    it
      .slice(0, 4000)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== ''),
  ) as [string[], string[]];
  // The last kept line may be incomplete.
  const whole = kept.endsWith('\n') || one.length > 40 ? one : one.slice(0, -1);
  const compared = whole.slice(0, 2);
  if (compared.length === 0 || !compared.every((line, index) => line === other[index])) return false;
  return compared.some((line) => /\w/.test(line));
}

const mostOverlapLines = 200;

/**
 * Length of the beginning of `rest` that repeats the end of `kept`: at least one whole line with a word, up to the end.
 */
function overlap(kept: string, rest: string, floor: number): number {
  let longest = 0;
  let start = kept.length;
  for (let lines = 0; lines < mostOverlapLines && start > floor; lines += 1) {
    start = Math.max(floor, kept.lastIndexOf('\n', start - 2) + 1);
    const tail = kept.slice(start);
    if (!rest.startsWith(tail)) continue;
    const isWhole =
      tail.includes('\n') ||
      tail.length === rest.length ||
      /^\r?\n/.test(rest.slice(tail.length, tail.length + 2));
    if (isWhole && /\w/.test(tail)) longest = tail.length;
  }
  return longest;
}
