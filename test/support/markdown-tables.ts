/** One row of a table: its cells by the words in the table's head. */
export type TableRow = Readonly<Record<string, string>>;

/**
 * The first table below a heading, `''` for the document's start.
 *
 * @throws Error if there is no such heading, or no table before the next one.
 */
export function tableBelow(markdown: string, heading: string): TableRow[] {
  const lines = sectionOf(markdown, heading).split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  if (start === -1) throw new Error(`there is no table below "${heading}"`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  const [head = [], , ...rows] = lines.slice(start, end === -1 ? undefined : end).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ''])));
}

/** The text from a heading to the next one of any level. */
export function sectionOf(markdown: string, heading: string): string {
  const lines = markdown.split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) throw new Error(`there is no heading "${heading}"`);
  let fenced = false;
  const end = lines.findIndex((line, index) => {
    if (index <= start) return false;
    if (line.startsWith('```')) fenced = !fenced;
    return !fenced && /^#{1,6} /.test(line);
  });
  return lines.slice(start + 1, end === -1 ? undefined : end).join('\n');
}

/** What stands in code marks, in order. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** The one thing in code marks; the bare text if there is none. */
export function wordIn(cell: string): string {
  return codeIn(cell)[0] ?? cell;
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf('|'))
    .split('|')
    .map((cell) => cell.trim());
}
