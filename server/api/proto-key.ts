import { wireErrors } from '@stagewire/shared/wire-errors';
import { unknownField } from './input-issues.ts';

/** So much of an input is looked at; no input that fits its schema has more objects and values. */
const maxValues = 10_000;

/**
 * Refuses a key `__proto__` by name, as every other key that is not known. JSON makes it a key like any other, but the
 * schemas of records drop it without a word, and what somebody meant by it is lost.
 *
 * @throws StagewireError INVALID_INPUT
 */
export function refuseProtoKey(input: unknown): void {
  const open: { readonly value: unknown; readonly path: string }[] = [{ value: input, path: '' }];
  for (let seen = 0; seen < maxValues; seen += 1) {
    const next = open.pop();
    if (next === undefined) return;
    const { value, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__')) {
      const field = path === '' ? '__proto__' : `${path}.__proto__`;
      throw wireErrors.INVALID_INPUT.fields([{ field, message: unknownField }]);
    }
    if (open.length > maxValues) return;
    for (const [key, inner] of Object.entries(value).slice(0, maxValues)) {
      if (typeof inner === 'object')
        open.push({ value: inner, path: path === '' ? key : `${path.slice(0, 200)}.${key}` });
    }
  }
}
