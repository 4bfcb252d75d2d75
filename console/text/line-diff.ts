import { diffArrays } from 'diff';

/** Lines that two texts have in common, or that only one of them has. */
export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed';
  readonly lines: readonly string[];
}

export interface LineDiffOptions {
  /** What of a line is compared. A line that is the same is shown as the later text has it. @default all of it */
  readonly keyOf?: (line: string) => string;
  /** With more lines to insert and delete the search for the shortest difference takes too long for a page. @default 500 */
  readonly maxEdits?: number;
}

interface Line {
  readonly text: string;
  readonly key: string;
}

/** How two texts differ, line by line. Whether the last line has an end makes no difference. */
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

/** Of a line that a prompt shows as `12| text` the text: with one line more, all lines after it have other numbers. */
export function withoutLineNumber(line: string): string {
  return line.replace(/^ *\d+\| ?/, '');
}

/** What is equal at both ends; all between has been replaced. True as well, and found at once. */
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

/** Lines that were added and removed. */
export function diffSize(parts: readonly DiffPart[]): { readonly added: number; readonly removed: number } {
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
