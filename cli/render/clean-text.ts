import { visibleName } from '@stagewire/shared/text/visible-name';

/**
 * Everything that could control a terminal or hide content: control characters except newline and tab, and those that
 * change the direction of text. They are replaced by visible characters.
 */
const unsafe = /(?![\n\t])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Makes untrusted text safe for a terminal: newlines and tabs are kept, escape sequences are made visible. */
export function cleanText(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(unsafe, picture).toWellFormed();
}

/** The same as one line, truncated to `maxChars` characters. */
export function cleanLine(text: string, maxChars = 400): string {
  const line = cleanText(text).replace(/\s+/g, ' ').trim();
  return line.length <= maxChars ? line : `${line.slice(0, maxChars - 1).toWellFormed()}…`;
}

/** A file name in one line; invisible characters are shown by their code point. */
export function cleanFileName(name: string, maxChars = 400): string {
  return cleanLine(visibleName(name), maxChars);
}

/** Cleans text that arrives in pieces; an incomplete character at the end of a piece is held back. */
export interface TextCleaner {
  push(piece: string): string;
  /** What was held back; call it when no more text follows. */
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

/** Unicode has visible symbols for the C0 control characters; the others become the replacement character. */
function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
