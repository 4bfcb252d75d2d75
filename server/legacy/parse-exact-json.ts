/** Longer texts are parsed by plain `JSON.parse`: a reviver over millions of values would block the event loop. */
const maxExactChars = 1_000_000;

/** Only such numbers may change when they are parsed. */
const longNumber = /\d{16}|\d[eE]/;

/**
 * Parses JSON whose values are only stringified again: an integer beyond 2^53 and a number out of range keep
 * their digits, where a JavaScript number would change them.
 *
 * @throws SyntaxError if it is not JSON, RangeError if it is nested too deeply.
 */
export function parseExactJson(text: string): unknown {
  return text.length <= maxExactChars && longNumber.test(text) ? JSON.parse(text, kept) : JSON.parse(text);
}

/** Supported by engines, not yet typed by TypeScript. */
interface SourceText {
  readonly source?: string;
}
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function kept(_key: string, value: unknown, context?: SourceText): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  if (Number.isFinite(value) && !Number.isInteger(value)) return value;
  return context?.source === undefined ? value : rawJSON(context.source);
}
