import {
  bareKey,
  bareValue,
  beforeTrailingCommas,
  afterElement,
  afterValue,
  closingQuotes,
  colon,
  escapes,
  lineComment,
  nextField,
  ordinary,
  spaces,
  words,
} from './review-json-forms.ts';

/** A value read from almost valid JSON. */
export interface NearJson {
  readonly value: unknown;
  /** Where reading stopped. */
  readonly to: number;
  /**
   * `closed`: its own bracket ended it. `open`: only closing brackets are missing. `cut`: it ends in a string,
   * before a value, or in an object inside a list.
   */
  readonly ending: 'closed' | 'open' | 'cut';
  /** The deviations from JSON that were accepted, each once, in the order found. */
  readonly flaws: readonly string[];
}

/** Deeper than any review, and far from a stack overflow. */
const maxDepth = 50;

/**
 * Reads the value that starts at `from` leniently: with raw line ends in strings, unknown escapes (kept unchanged),
 * trailing or missing commas, comments, other quotes or none, words of other languages, and missing or mismatched
 * closing brackets. Linear in the text's length. The value is `undefined` if it is nested too deeply for a review.
 * Returns `undefined` if there is no object or list.
 */
export function readNearJson(text: string, from: number): NearJson | undefined {
  let at = from;
  let depth = 0;
  let ending: NearJson['ending'] = 'closed';
  let isCommaLast: boolean | undefined;
  const open: ('object' | 'list')[] = [];
  const flaws = new Set<string>();

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const take = (pattern: RegExp): string | undefined => {
    const found = match(pattern);
    at += found?.length ?? 0;
    return found;
  };
  /** Whether the text ends with a comma; every open level needs this at the end. */
  const endsInComma = () => (isCommaLast ??= text.trimEnd().endsWith(','));
  const endsHere = (how: 'open' | 'cut') => {
    if (how === 'open') flaws.add('a missing closing bracket');
    if (ending !== 'cut')
      ending = how === 'open' && open.slice(0, -1).includes('list') && open.at(-1) === 'object' ? 'cut' : how;
  };

  function skip(): void {
    for (;;) {
      take(spaces);
      if (text.startsWith('/*', at)) {
        const end = text.indexOf('*/', at + 2);
        at = end === -1 ? text.length : end + 2;
      } else if (take(lineComment) === undefined) return;
      flaws.add('a comment');
    }
  }

  function value(): unknown {
    skip();
    const char = text.charAt(at);
    if (char === '{' || char === '[') {
      depth += 1;
      if (depth > maxDepth) throw new TooDeep();
      open.push(char === '{' ? 'object' : 'list');
      at += 1;
      const read = char === '{' ? object() : list();
      open.pop();
      depth -= 1;
      return read;
    }
    if (quoteAt(at) !== undefined) return string('value');
    return bare();
  }

  function object(): unknown {
    const fields = new Map<string, unknown>();
    const read = () => Object.fromEntries(fields);
    for (;;) {
      skip();
      const char = text.charAt(at);
      if (char === '') {
        endsHere(endsInComma() ? 'cut' : 'open');
        return read();
      }
      if (char === '}') {
        at += 1;
        return read();
      }
      if (char === ']') {
        flaws.add('a closing bracket that does not match');
        if (open.slice(0, -1).includes('list')) return read();
        at += 1;
        continue;
      }
      if (char === ',' || char === ';') {
        at += 1;
        skip();
        if (/[}\]]/.test(text.charAt(at))) flaws.add('a comma before a closing bracket');
        continue;
      }
      if (/[.…]/.test(char)) {
        at += 1;
        flaws.add('dots in place of text');
        continue;
      }
      const isFence = text.startsWith('```', at);
      const isBare = quoteAt(at) === undefined;
      const key = isFence ? undefined : isBare ? take(bareKey) : string('key');
      if (isBare && key !== undefined) flaws.add('a key without quotes');
      if (key === undefined) {
        endsHere('open');
        return read();
      }
      skip();
      if (take(colon) === undefined) {
        if (text.charAt(at) === '' || ending === 'cut') endsHere('cut');
        else if (!/["'{[]/.test(text.charAt(at))) {
          flaws.add('a key without a value');
          if (/[,}]/.test(text.charAt(at))) continue;
          endsHere('open');
          return read();
        }
        flaws.add('a missing colon');
      }
      skip();
      if (text.charAt(at) === '') {
        endsHere('cut');
        return read();
      }
      const field = value();
      const earlier = fields.get(key);
      if (fields.has(key)) flaws.add(`the key ${JSON.stringify(key.slice(0, 40))} twice`);
      if (Array.isArray(earlier) && Array.isArray(field)) for (const element of field) earlier.push(element);
      else fields.set(key, field);
      skip();
      if (/["'\p{L}]/u.test(text.charAt(at))) flaws.add('a missing comma');
    }
  }

  function list(): unknown[] {
    const elements: unknown[] = [];
    for (;;) {
      skip();
      const char = text.charAt(at);
      if (char === '') {
        endsHere(endsInComma() ? 'cut' : 'open');
        return elements;
      }
      if (char === ']') {
        at += 1;
        return elements;
      }
      if (char === '}') {
        flaws.add('a closing bracket that does not match');
        if (open.slice(0, -1).includes('object')) return elements;
        at += 1;
        continue;
      }
      if (char === ',' || char === ';') {
        at += 1;
        skip();
        if (/[}\]]/.test(text.charAt(at))) flaws.add('a comma before a closing bracket');
        continue;
      }
      if (/[.…]/.test(char)) {
        at += 1;
        flaws.add('dots in place of text');
        continue;
      }
      if (text.startsWith('```', at)) {
        endsHere('open');
        return elements;
      }
      const before = at;
      // A key inside a list: the list's closing bracket is missing, and the outer object continues.
      if (open.at(-2) === 'object' && char !== '{' && char !== '[') {
        const key = quoteAt(at) === undefined ? take(bareKey) : string('key');
        const isKey = key !== undefined && match(colon) !== undefined;
        at = before;
        if (isKey) {
          flaws.add('a missing closing bracket');
          return elements;
        }
      }
      elements.push(quoteAt(at) === undefined ? value() : string('element'));
      if (at === before) at += 1;
    }
  }

  /** The opening quote at `index` as written, backslash included. */
  function quoteAt(index: number): string | undefined {
    const char = text.charAt(index);
    if (char === '\\' && text.charAt(index + 1) === '"') return '\\"';
    return char in closingQuotes ? (text.startsWith('"""', index) ? '"""' : char) : undefined;
  }

  function string(kind: 'key' | 'value' | 'element'): string {
    const quote = quoteAt(at) ?? '';
    if (quote !== '"') flaws.add('quotes of another kind');
    at += quote.length;
    if (quote === '"""' && kind !== 'key') {
      const end = text.indexOf('"""', at);
      const whole = text.slice(at, end === -1 ? text.length : end);
      at = end === -1 ? text.length : end + 3;
      if (end === -1) endsHere('cut');
      return whole;
    }
    if (quote === '"""') at -= 2;
    const closing = quote === '\\"' ? '"' : (closingQuotes[quote.slice(0, 1)] ?? '"');
    const parts: string[] = [];
    for (;;) {
      parts.push(take(ordinary) ?? '');
      const char = text.charAt(at);
      if (char === '') {
        endsHere('cut');
        return parts.join('');
      }
      if (char === '\\' && quote === '\\"' && text.charAt(at + 1) === '"') {
        at += 2;
        return parts.join('');
      }
      if (char === '\\') {
        parts.push(escape());
        continue;
      }
      if (char === '\n' && nextFieldFollows() && /[,"'}]\s*$/.test(text.slice(Math.max(from, at - 20), at))) {
        flaws.add('a missing closing quote');
        return beforeTrailingCommas.exec(parts.join(''))?.[0] ?? '';
      }
      if (closing.includes(char)) {
        at += 1;
        if (kind === 'key' || match(kind === 'value' ? afterValue : afterElement) !== undefined)
          return parts.join('');
        flaws.add('a quote inside a string');
        parts.push(char);
        continue;
      }
      if (/[\n\r\t]/.test(char)) flaws.add('a raw line end or tab in a string');
      parts.push(char);
      at += 1;
    }
  }

  function nextFieldFollows(): boolean {
    return match(nextField) !== undefined;
  }

  function escape(): string {
    const hex = /^u([0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6))?.[1];
    if (hex !== undefined) {
      at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const char = text.charAt(at + 1);
    const meant = escapes[char] ?? (/["'`]/.test(char) && char !== '' ? char : undefined);
    at += meant === undefined ? 1 : 2;
    if (meant !== undefined && char !== "'" && char !== '`') return meant;
    flaws.add('a backslash before a character that needs none');
    return meant ?? '\\';
  }

  function bare(): unknown {
    const whole = take(bareValue) ?? '';
    const written = whole
      .split(/\s(?:\/\/|#)/, 1)
      .join('')
      .trim();
    if (/^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/.test(written)) return Number(written);
    const word = written.toLowerCase();
    if (word !== written || !words.has(word) || word === 'none') flaws.add('a value without quotes');
    return words.has(word) ? words.get(word) : written;
  }

  if (!/[{[]/.test(text.charAt(from))) return undefined;
  try {
    const read = value();
    return { value: read, to: at, ending, flaws: [...flaws] };
  } catch (error) {
    if (error instanceof TooDeep) return { value: undefined, to: at, ending: 'closed', flaws: [] };
    throw error;
  }
}

class TooDeep extends Error {}
