import { tokenChars } from '../token-provider.ts';

/**
 * Tokens that say which one they are, so that what was lost, doubled or out of order is read from the text itself and
 * not from what a system says of it: a blank and four digits to the base of 36.
 */
export function numberedToken(number: number): string {
  return ` ${number.toString(36).padStart(tokenChars - 1, '0')}`;
}

/** The numbers of the tokens in a text. @throws Error if the text is not made of whole tokens. */
export function numbersIn(text: string): readonly number[] {
  if (text.length % tokenChars !== 0) throw new Error(`not made of whole tokens: "${text.slice(0, 40)}"`);
  const numbers: number[] = [];
  for (let at = 0; at < text.length; at += tokenChars) {
    if (text.charCodeAt(at) !== blank) throw new Error(`not a token: "${text.slice(at, at + tokenChars)}"`);
    let number = 0;
    for (let digit = at + 1; digit < at + tokenChars; digit += 1) {
      const code = text.charCodeAt(digit);
      number = number * 36 + (code <= nine ? code - zero : code - tenAsLetter + 10);
    }
    numbers.push(number);
  }
  return numbers;
}

const blank = 0x20;
const [zero, nine, tenAsLetter] = [0x30, 0x39, 0x61];
