/** A fenced code block of a Markdown text, by the CommonMark rules for fences outside lists and quotes. */
export interface Fence {
  /** The text after the opening fence, trimmed. */
  readonly info: string;
  /** Start of the content, after the opening line. In UTF-16 code units, like `end`. */
  readonly start: number;
  /** End of the content: the start of the closing line, so the content includes its last line ending. */
  readonly end: number;
  /** `false` for a block that runs to the end of the text. */
  readonly isClosed: boolean;
  /** The line before the opening one, or the one before that if a blank line is between; empty if there is none. */
  readonly lineBefore: string;
}

interface Opening {
  readonly char: string;
  readonly length: number;
  readonly info: string;
}

/** The fenced code blocks of `text`, in order, in one pass: linear in its length. */
export function findFences(text: string): Fence[] {
  const fences: Fence[] = [];
  let open: (Opening & { readonly start: number; readonly lineBefore: string }) | undefined;
  let before: readonly [string, string] = ['', ''];
  for (let lineStart = 0; lineStart < text.length;) {
    const newline = text.indexOf('\n', lineStart);
    const next = newline === -1 ? text.length : newline + 1;
    const line = text.slice(lineStart, next).trimEnd();
    if (open === undefined) {
      const opening = readOpening(line);
      if (opening === undefined) {
        before = [before[1], line];
      } else {
        open = { ...opening, start: next, lineBefore: before[1] === '' ? before[0] : before[1] };
      }
    } else if (closes(line, open)) {
      const { info, start, lineBefore } = open;
      fences.push({ info, start, end: lineStart, isClosed: true, lineBefore });
      open = undefined;
      before = ['', ''];
    }
    lineStart = next;
  }
  if (open !== undefined) {
    const { info, start, lineBefore } = open;
    fences.push({ info, start, end: text.length, isClosed: false, lineBefore });
  }
  return fences;
}

/** `text` as one fenced block that nothing in `text` can close early. `info` may be empty. */
export function fenced(text: string, info = ''): string {
  // A fence of backticks with a backtick in its info string is not a fence.
  const char = info.includes('`') ? '~' : '`';
  const runs = text.match(char === '`' ? /`+/g : /~+/g) ?? [];
  const fence = char.repeat(runs.reduce((length, run) => Math.max(length, run.length + 1), 3));
  return `${fence}${info}\n${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${fence}`;
}

function readOpening(line: string): Opening | undefined {
  const match = /^ {0,3}(`{3,}|~{3,})/.exec(line);
  if (match?.[1] === undefined) return undefined;
  const char = match[1].charAt(0);
  const info = line.slice(match[0].length).trim();
  if (char === '`' && info.includes('`')) return undefined;
  return { char, length: match[1].length, info };
}

function closes(line: string, open: Opening): boolean {
  const match = /^ {0,3}(`+|~+)$/.exec(line);
  return match?.[1] !== undefined && match[1].startsWith(open.char) && match[1].length >= open.length;
}
