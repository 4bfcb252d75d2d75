/**
 * Prefixes every line of `text` with its number: `12
 * text`, and `12
 * ` for an empty one. Line ends are kept; an empty text has no line.
 */
export function numberedLines(text: string): string {
  if (text === '') return '';
  const lines = text.split('\n');
  const last = lines.at(-1) === '' ? lines.pop() : undefined;
  const numbered = lines.map((line, index) => `${index + 1}|${/^\r?$/.test(line) ? '' : ' '}${line}`);
  return last === undefined ? numbered.join('\n') : `${numbered.join('\n')}\n`;
}
