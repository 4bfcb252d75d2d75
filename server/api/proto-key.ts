import { wireErrors } from '@stagewire/shared/wire-errors';
import { unknownField } from './input-issues.ts';

/** Values inspected per input; no input that matches its schema has more. */
const maxValues = 10_000;

/**
 * Rejects a key `__proto__` by name, like every other unknown key. It is an ordinary key in JSON, but record
 * schemas silently drop it, and its value would be lost.
 *
 * @throws StagewireError INVALID_INPUT
 */
export function rejectProtoKey(input: unknown): void {
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
