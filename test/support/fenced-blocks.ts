/** A text taken apart by CommonMark's rules for fences, without any code of ours that could have the same fault. */
export interface FencedText {
  /** The lines that stand in no block, the fences left out. */
  readonly outside: string;
  readonly blocks: readonly { readonly info: string; readonly content: string; readonly isClosed: boolean }[];
}

export function fencedBlocks(text: string): FencedText {
  const outside: string[] = [];
  const blocks: { info: string; content: string; isClosed: boolean }[] = [];
  let open: { fence: string; info: string; lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    if (open === undefined) {
      const [, fence, info = ''] = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(line) ?? [];
      if (fence === undefined) outside.push(line);
      else open = { fence, info: info.trim(), lines: [] };
    } else if (closes(line, open.fence)) {
      blocks.push({ info: open.info, content: joined(open.lines), isClosed: true });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) blocks.push({ info: open.info, content: joined(open.lines), isClosed: false });
  return { outside: outside.join('\n'), blocks };
}

function closes(line: string, fence: string): boolean {
  const found = /^ {0,3}(`+|~+)[ \t]*\r?$/.exec(line)?.[1] ?? '';
  return found.startsWith(fence.charAt(0)) && found.length >= fence.length;
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
