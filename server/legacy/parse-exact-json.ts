/** Longer texts are read as `JSON.parse` reads them: to look at millions of values would hold the event loop. */
const maxExactChars = 1_000_000;

/** Only such a number may be changed by reading it. */
const longNumber = /\d{16}|\d[eE]/;

/**
 * Reads JSON whose values are only written again, by `JSON.stringify`: an integer beyond 2^53 and a number beyond all
 * bounds keep the digits that were sent, where a number of JavaScript would be another one.
 *
 * @throws SyntaxError if it is not JSON, RangeError if it is nested too deeply.
 */
export function parseExactJson(text: string): unknown {
  return text.length <= maxExactChars && longNumber.test(text) ? JSON.parse(text, kept) : JSON.parse(text);
}

/** What engines have and TypeScript does not know yet. */
interface SourceText {
  readonly source?: string;
}
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function kept(_key: string, value: unknown, context?: SourceText): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  if (Number.isFinite(value) && !Number.isInteger(value)) return value;
  return context?.source === undefined ? value : rawJSON(context.source);
}
