/** A line that may open or close a fenced block by the rules of CommonMark. */
export interface FenceLine {
  readonly lineStart: number;
  /** The offset after the line ending. */
  readonly next: number;
  readonly char: string;
  readonly length: number;
  /** The text after the fence, trimmed. A line without it may close a block. */
  readonly info: string;
  /** The blanks before the fence. */
  readonly indent: string;
  /** The line belongs to a list item, whose indentation is not part of the content of a block. */
  readonly isInList: boolean;
  /** Words precede it in its line: it opens a block, but within an open block it is content. */
  readonly isMidLine?: true;
  /** The end of the previous fence: no line before this offset can name the block. */
  readonly floor: number;
  readonly before: 'blank' | 'colon' | 'text' | 'fence';
  /** `unknown` while the text is still growing. */
  readonly behind: 'blank' | 'text' | 'fence' | 'end' | 'unknown';
}

/** Reads the fence at the beginning of `line`, after blanks; `undefined` if there is none. */
export function readFence(
  line: string,
):
  | { readonly indent: string; readonly char: string; readonly length: number; readonly info: string }
  | undefined {
  const match = /^([ \t]*)(`{3,}|~{3,})/.exec(line);
  if (match === null) return undefined;
  const [whole, indent = '', run = ''] = match;
  const info = line.slice(whole.length).trim();
  // Three backticks around inline code are not a fence; a name in backticks after a language is.
  if (run.startsWith('`') && info.includes('`') && !/^[^\s`]+ +`[^\s`]+`:?$/.test(info)) return undefined;
  return { indent, char: run.charAt(0), length: run.length, info };
}

/** Width of `indent` in columns. */
export function columnsOf(indent: string): number {
  let columns = 0;
  for (const char of indent) columns = char === '\t' ? columns + 4 - (columns % 4) : columns + 1;
  return columns;
}
