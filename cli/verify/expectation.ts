import { inspect, isDeepStrictEqual } from 'node:util';

/** What a check expected, and what it received instead. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
  readonly expected: string;
  readonly seen: string;

  constructor(expected: string, seen: unknown) {
    const text = typeof seen === 'string' ? seen : inWords(seen);
    super(`expected ${expected}, saw ${text}`);
    this.expected = expected;
    this.seen = text;
  }
}

/** The check cannot be executed here; the message has the reason. */
export class CheckSkipped extends Error {
  override readonly name = 'CheckSkipped';
}

/** @throws CheckFailed unless the condition holds. */
export function holds(condition: boolean, expected: string, seen: unknown): asserts condition {
  if (!condition) throw new CheckFailed(expected, seen);
}

/** @throws CheckFailed unless both are equal as JSON. */
export function same(what: string, seen: unknown, expected: unknown): void {
  holds(isDeepStrictEqual(seen, expected), `${what}: ${inWords(expected)}`, seen);
}

/** Compares some fields of an object; others are ignored, since outputs are open. @throws CheckFailed */
export function fits(what: string, seen: unknown, expected: Readonly<Record<string, unknown>>): void {
  const part = Object.fromEntries(Object.keys(expected).map((key) => [key, memberOf(seen, key)]));
  holds(isDeepStrictEqual(part, expected), `${what} with ${inWords(expected)}`, seen);
}

export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

const maxChars = 400;

function inWords(value: unknown): string {
  const text = inspect(value, { depth: 5, breakLength: Infinity, maxArrayLength: 12, maxStringLength: 120 });
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
}
