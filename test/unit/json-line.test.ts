import { expect, test } from 'vitest';
import { jsonLine } from '../../cli/render/json-line.ts';

test('a line of JSON has nothing that a terminal obeys, and the same value', () => {
  const value = { text: '\u001b[31m \u009b \u202e \u2066 \u200f \u061c \u2028 é' };
  expect(jsonLine(value)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
  expect(JSON.parse(jsonLine(value))).toEqual(value);
});
