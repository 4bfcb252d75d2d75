import { graphemesOf } from '../terminal/text-width.ts';
import type { Key } from './key-parser.ts';

/** A text that is being typed. */
export interface EditedText {
  readonly text: string;
  /** An index in the text, between two characters as a reader sees them. */
  readonly cursor: number;
}

export const emptyText: EditedText = { text: '', cursor: 0 };

/** The text after a key, or `undefined` if the key does not edit. */
export function edited(line: EditedText, key: Key): EditedText | undefined {
  if (key.kind !== 'key') return inserted(line, key.text);
  const { text, cursor } = line;
  const before = text.slice(0, cursor);
  const after = text.slice(cursor);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = after.includes('\n') ? cursor + after.indexOf('\n') : text.length;
  switch (key.name) {
    case 'alt-enter':
    case 'ctrl-j':
      return inserted(line, '\n');
    case 'left':
    case 'ctrl-b':
      return { text, cursor: cursor - lastChars(before) };
    case 'right':
    case 'ctrl-f':
      return { text, cursor: cursor + (graphemesOf(after)[0]?.length ?? 0) };
    case 'home':
    case 'ctrl-a':
      return { text, cursor: lineStart };
    case 'end':
    case 'ctrl-e':
      return { text, cursor: lineEnd };
    case 'alt-b':
      return { text, cursor: wordStart(before) };
    case 'alt-f':
      return { text, cursor: cursor + (/^\s*\S*/.exec(after)?.[0].length ?? 0) };
    case 'backspace':
      return without(line, cursor - lastChars(before), cursor);
    case 'delete':
      return without(line, cursor, cursor + (graphemesOf(after)[0]?.length ?? 0));
    case 'ctrl-w':
    case 'alt-backspace':
      return without(line, wordStart(before), cursor);
    case 'ctrl-u':
      return without(line, lineStart, cursor);
    case 'ctrl-k':
      return without(line, cursor, lineEnd);
    default:
      return undefined;
  }
}

function inserted({ text, cursor }: EditedText, more: string): EditedText {
  return { text: text.slice(0, cursor) + more + text.slice(cursor), cursor: cursor + more.length };
}

function without({ text }: EditedText, from: number, to: number): EditedText {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

function lastChars(text: string): number {
  return graphemesOf(text).at(-1)?.length ?? 0;
}

function wordStart(before: string): number {
  return before.length - (/\S*\s*$/.exec(before)?.[0].length ?? 0);
}
