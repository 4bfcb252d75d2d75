import { diffArrays } from 'diff';

/** Consecutive lines that both texts have, or only one of them. */
export interface DiffPart {
  /** `same`: in both texts; `added`: only in the later one; `removed`: only in the earlier one. */
  readonly kind: 'same' | 'added' | 'removed';
  /** Without line endings; at least one. */
  readonly lines: readonly string[];
}

/** The options of `lineDiff`. */
export interface LineDiffOptions {
  /** The part of a line to compare. Equal lines are shown as in the later text. @default the whole line */
  readonly keyOf?: (line: string) => string;
  /** With more insertions and deletions, the shortest diff takes too long; a rough one is returned. @default 500 */
  readonly maxEdits?: number;
}

interface Line {
  readonly text: string;
  readonly key: string;
}

/** The line diff of two texts. A missing line end at the end of a text is ignored. */
export function lineDiff(
  before: string,
  after: string,
  { keyOf = (line) => line, maxEdits = 500 }: LineDiffOptions = {},
): readonly DiffPart[] {
  const [old, now] = [linesOf(before, keyOf), linesOf(after, keyOf)];
  const changes = diffArrays(old, now, { maxEditLength: maxEdits, comparator: isSame });
  if (changes === undefined) return roughDiff(old, now);
  return changes.map(({ value, added, removed }) =>
    partOf(added ? 'added' : removed ? 'removed' : 'same', value),
  );
}

/** `text` for `12| text`, as prompts number lines: one inserted line renumbers all later ones. */
export function withoutLineNumber(line: string): string {
  return line.replace(/^ *\d+\| ?/, '');
}

/** A diff in linear time: the common head and tail are equal, everything between is replaced. */
function roughDiff(old: readonly Line[], now: readonly Line[]): readonly DiffPart[] {
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && isSame(old[head], now[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && isSame(old.at(-1 - tail), now.at(-1 - tail))) tail += 1;
  const parts = [
    partOf('same', now.slice(0, head)),
    partOf('removed', old.slice(head, old.length - tail)),
    partOf('added', now.slice(head, now.length - tail)),
    partOf('same', now.slice(now.length - tail)),
  ];
  return parts.filter(({ lines }) => lines.length > 0);
}

/** The size of a diff, in lines. */
export interface DiffSize {
  /** Lines that only the later text has. */
  readonly added: number;
  /** Lines that only the earlier text has. */
  readonly removed: number;
}

/** The numbers of added and removed lines. */
export function diffSize(parts: readonly DiffPart[]): DiffSize {
  const sum = (kind: DiffPart['kind']) =>
    parts.reduce((total, part) => total + (part.kind === kind ? part.lines.length : 0), 0);
  return { added: sum('added'), removed: sum('removed') };
}

function linesOf(text: string, keyOf: (line: string) => string): Line[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => ({ text: line, key: keyOf(line) }));
}

function isSame(one: Line | undefined, other: Line | undefined): boolean {
  return one?.key === other?.key;
}

function partOf(kind: DiffPart['kind'], lines: readonly Line[]): DiffPart {
  return { kind, lines: lines.map(({ text }) => text) };
}
