import { visibleName } from '@stagewire/shared/text/visible-name';

/**
 * Everything that could steer a terminal or hide what is there: control characters but newline and tab, and those
 * that turn the direction of text. They become something to be seen.
 */
const unsafe = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** A text that others wrote, as it may go to a terminal: newlines and tabs stay, no escape sequence does. */
export function cleanText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafe, picture).toWellFormed();
}

/** The same in one line, cut to `maxChars` characters. */
export function cleanLine(text: string, maxChars = 400): string {
  const line = cleanText(text).replace(/\s+/g, ' ').trim();
  return line.length <= maxChars ? line : `${line.slice(0, maxChars - 1).toWellFormed()}…`;
}

/** The name of a file in one line: what cannot be seen in it is shown by its number. */
export function cleanFileName(name: string, maxChars = 400): string {
  return cleanLine(visibleName(name), maxChars);
}

/** Cleans a text that comes in pieces: what only the next piece can complete is held back. */
export interface TextCleaner {
  push(piece: string): string;
  /** What was held back, when nothing more comes. */
  end(): string;
}

export function createTextCleaner(): TextCleaner {
  let held = '';
  return {
    push(piece) {
      const text = held + piece;
      // Half of a surrogate pair, or of a line break.
      held = /[\r\ud800-\udbff]$/.exec(text)?.[0] ?? '';
      return cleanText(text.slice(0, text.length - held.length));
    },
    end() {
      const rest = cleanText(held);
      held = '';
      return rest;
    },
  };
}

/** Unicode has a picture of every old control character; of the others there is only the replacement character. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
