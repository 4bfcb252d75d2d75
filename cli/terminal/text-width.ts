import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter();
// oxlint-disable-next-line no-control-regex -- our own style sequences have no width
const styleSequence = /\u001b\[[\d;]*m/g;
const ascii = /^[ -~]*$/;

/** The characters of a text as a reader sees them: an emoji or a letter with its marks is one. */
export function graphemesOf(text: string): string[] {
  return ascii.test(text) ? text.split('') : Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The columns that a text without style sequences takes on a terminal. */
export function widthOf(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text, { countAnsiEscapeCodes: true });
}

export function withoutStyles(text: string): string {
  return text.replace(styleSequence, '');
}

/** At most `columns` columns of a line, which may have styles. A truncated line ends with `…`. */
export function truncatedLine(line: string, columns: number): string {
  if (widthOf(withoutStyles(line)) <= columns) return line;
  let result = '';
  let left = columns - 1;
  let isFull = columns < 1;
  // oxlint-disable-next-line no-control-regex -- our own style sequences have no width
  for (const part of line.split(/(\u001b\[[\d;]*m)/)) {
    // Styles after the cut are kept: they end what has begun before it.
    if (part.startsWith('\u001b')) {
      result += part;
      continue;
    }
    for (const grapheme of isFull ? [] : graphemesOf(part)) {
      const width = widthOf(grapheme);
      if (width > left) {
        result += '…';
        isFull = true;
        break;
      }
      left -= width;
      result += grapheme;
    }
  }
  return result;
}
