/**
 * A Markdown document with another text between the comments `<!-- name:start -->` and `<!-- name:end -->`.
 *
 * @throws Error if it has not both, in this order.
 */
export function replaceSection(document: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = document.indexOf(start);
  const to = document.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`the document needs the lines ${start} and ${end}`);
  return `${document.slice(0, from + start.length)}\n\n${text}\n\n${document.slice(to)}`;
}
