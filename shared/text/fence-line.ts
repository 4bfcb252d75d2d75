/** A line that may open or close a fenced block, by CommonMark's rules. */
export interface FenceLine {
  readonly lineStart: number;
  /** Behind the line's end. */
  readonly next: number;
  readonly char: string;
  readonly length: number;
  /** What stands behind the fence, trimmed. A line without it may close a block. */
  readonly info: string;
  /** The blanks in front of the fence. */
  readonly indent: string;
  /** The line belongs to an item of a list, whose indentation is no part of a block's content. */
  readonly isInList: boolean;
  /** Words stand before it in its line: it opens a block, but is content of one that is open. */
  readonly isMidLine?: true;
  /** No line before this offset can name the block: there the fence before this one ends. */
  readonly floor: number;
  readonly before: 'blank' | 'colon' | 'text' | 'fence';
  /** `unknown` where the text is still growing. */
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
  // Three backticks around inline code are no fence; a name in backticks behind a language is one.
  if (run.startsWith('`') && info.includes('`') && !/^[^\s`]+ +`[^\s`]+`:?$/.test(info)) return undefined;
  return { indent, char: run.charAt(0), length: run.length, info };
}

/** How far `indent` reaches, in columns. */
export function columnsOf(indent: string): number {
  let columns = 0;
  for (const char of indent) columns = char === '\t' ? columns + 4 - (columns % 4) : columns + 1;
  return columns;
}
