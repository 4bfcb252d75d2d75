const begin = '<!-- bench:peers begin -->';
const end = '<!-- bench:peers end -->';

/** Replaces what a document has between the two comments. @throws Error if it has not both, in this order. */
export function betweenMarkers(document: string, content: string): string {
  const from = document.indexOf(begin);
  const until = document.indexOf(end);
  if (from === -1 || until < from) throw new Error(`the document has no ${begin} before ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${document.slice(until)}`;
}
