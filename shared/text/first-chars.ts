/** The first `maxChars` characters of a text, one less where the cut would leave half of a surrogate pair. */
export function firstChars(text: string, maxChars: number): string {
  const cut = text.slice(0, maxChars);
  return cut.length < text.length ? cut.replace(/[\uD800-\uDBFF]$/, '') : cut;
}
