/** The first `maxChars` characters of a text, one less if the cut would split a surrogate pair. */
export function firstChars(text: string, maxChars: number): string {
  const cut = text.slice(0, maxChars);
  return cut.length < text.length ? cut.replace(/[\uD800-\uDBFF]$/, '') : cut;
}
