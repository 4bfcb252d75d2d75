/** A fenced piece of code in a document. */
export interface CodeBlock {
  /** The word behind the fence. */
  readonly language: string;
  /** The heading it stands below, without its marks. */
  readonly heading: string;
  readonly code: string;
}

/** Every fenced piece of code, in order. */
export function codeBlocksIn(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let heading = '';
  let open: { language: string; lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    const fence = /^```(\w*)/.exec(line);
    if (open === undefined) {
      const [, title] = /^#{1,6} (.+)$/.exec(line) ?? [];
      if (title !== undefined) heading = title;
      if (fence !== null) open = { language: fence[1] ?? '', lines: [] };
    } else if (fence === null) {
      open.lines.push(line);
    } else {
      blocks.push({ language: open.language, heading, code: `${open.lines.join('\n')}\n` });
      open = undefined;
    }
  }
  return blocks;
}

/** The one piece of code in a language below a heading. @throws Error if there is none, or another. */
export function codeBlockBelow(markdown: string, heading: string, language: string): string {
  const blocks = codeBlocksIn(markdown).filter((it) => it.heading === heading && it.language === language);
  const [block] = blocks;
  if (block === undefined || blocks.length > 1) {
    throw new Error(`There should be one block of ${language} below "${heading}", not ${blocks.length}.`);
  }
  return block.code;
}
