/**
 * Patterns for almost valid JSON. They are sticky and matched at the current position. They read text of any
 * length, so none of them may have two adjacent unbounded repetitions that match the same char, nor an anchor (`$`)
 * after a repetition that can start anywhere: both take quadratic time.
 */

export const closingQuotes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '“': '”"',
  '‘': "’'",
  '«': '»',
};
export const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  '/': '/',
  '\\': '\\',
};
export const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['none', null],
  ['undefined', null],
  ['nil', null],
  ['nan', null],
]);

export const spaces = /[\s\uFEFF\u200B]*/y;
export const lineComment = /(?:\/\/|#)[^\n]*/y;
export const ordinary = /[^"'`”’»\\\n\r\t]+/y;
export const bareKey = /[\p{L}_$][\p{L}\p{N}_$-]{0,60}/uy;
export const colon = /[\s\u200B]*[:=]/y;
export const bareValue = /[^,}\]\n\r]+/y;
/** What may follow a string value: the end of its object or list, or the next key or element. */
export const afterValue =
  /\s*(?:$|\}(?!["'])|\](?!["'\w])|\/[/*]|#|[,;]\s*(?:$|[}\]{[\d-]|\/[/*]|#|["'`“][^"'`“”\n]{0,60}["'`”]\s*(?:[:=,\]]|$)|(?:true|false|null|None)\b|[\p{L}_$][\w$-]{0,60}\s*[:=])|["'“][\w $-]{1,60}["'”]\s*:|```)/uy;
export const afterElement = /\s*(?:$|\}(?!["'])|\](?!["'\w])|\/[/*]|#|,|["'“{[]|```)/y;
/** A line that starts with a field of a review, inside a string whose closing quote is missing. */
export const nextField = /\n[^\S\n]*["']?(?:severity|message|file|line|suggestion|issues|verdict)["']?\s*:/y;
/** A text without the commas and spaces at its end. Anchored at its start: `[,\s]+$` would try again at each comma. */
export const beforeTrailingCommas = /^(?:[^]*[^,\s])?/;
