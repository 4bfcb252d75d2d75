/** Every line of `text` behind its number: `12| text`. Line ends stay as they are; an empty text has no line. */
export function numberedLines(text: string): string {
  if (text === '') return '';
  const lines = text.split('\n');
  const last = lines.at(-1) === '' ? lines.pop() : undefined;
  const numbered = lines.map((line, index) => `${index + 1}| ${line}`).join('\n');
  return last === undefined ? numbered : `${numbered}\n`;
}
