import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createSecrets } from '../../server/providers/secrets.ts';

const key = 'xk/AbC+0123456789="qwertyuiopasdfghjklzxcvbnm';
const { redact } = createSecrets([key]);

describe('a key is taken out of a text', () => {
  test.for([
    ['whole', key],
    ['its beginning, as a page cuts it', key.slice(0, 20)],
    ['its middle', key.slice(10, 18)],
    ['its end', key.slice(-9)],
    ['URL-encoded', encodeURIComponent(key)],
    [
      'URL-encoded in lower case',
      encodeURIComponent(key).toLowerCase().slice(0, 5) + encodeURIComponent(key).slice(5),
    ],
    ['escaped for JSON', JSON.stringify(key)],
    ['base64', Buffer.from(key).toString('base64')],
    ['base64 behind one byte', Buffer.from(`u${key}`).toString('base64')],
    ['base64 of Basic', Buffer.from(`user:${key}`).toString('base64')],
    ['base64url', Buffer.from(`ab${key}`).toString('base64url')],
    ['entities of HTML', key.replaceAll(/\W/g, (char) => `&#${char.charCodeAt(0)};`)],
    [
      'every character as an entity',
      key.replaceAll(/./g, (char) => `&#x${char.charCodeAt(0).toString(16)};`),
    ],
    [
      'escapes of JSON',
      key.replaceAll(/\W/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(key))],
    ['hexadecimal', Buffer.from(key).toString('hex')],
  ] as const)('%s', ([, form]) => {
    const text = redact(`before ${form} after`);
    expect(text).toMatch(/^before .*\[key\].* after$/);
    for (let at = 0; at + 8 <= form.length - 4; at += 1) {
      // Of base64 the first characters depend on what stands before the key.
      const part = form.slice(at + 4, at + 12);
      if (part.length === 8) expect(text).not.toContain(part);
    }
  });

  test('property: no eight characters of it are left, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.nat(key.length - 8),
        fc.integer({ min: 8, max: key.length }),
        fc.string(),
        (from, length, around) => {
          const text = redact(`${around} ${key.slice(from, from + length)}${around}`);
          for (let at = 0; at + 8 <= key.length; at += 1) expect(text).not.toContain(key.slice(at, at + 8));
        },
      ),
    );
  });

  test('what is no key stays', () => {
    expect(redact('nothing of it: AbC+012 qwerty')).toBe('nothing of it: AbC+012 qwerty');
    expect(createSecrets(['']).redact('none')).toBe('none');
    expect(createSecrets(['short']).redact('a short one')).toBe('a [key] one');
  });
});
