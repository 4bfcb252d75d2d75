import { parseAmount, unitBytes, unitMs } from '@stagewire/shared/units/amount';
import { counted, grouped } from '@stagewire/shared/units/count';
import { expect, test } from 'vitest';

test.each([
  ['30d', 2_592_000_000],
  ['1.5s', 1500],
  ['0ms', 0],
  ['250ms', 250],
  ['2m', 120_000],
  ['m', undefined],
  ['1', undefined],
  ['1 m', undefined],
  ['1m\n', undefined],
  ['-1m', undefined],
  ['1.m', undefined],
  ['1.2345s', undefined],
  ['1M', undefined],
  ['1constructor', undefined],
])('%j is a time of %s ms', (text, ms) => {
  expect(parseAmount(text, { units: unitMs })).toBe(ms);
});

test('a whole amount is above 0, without a fraction, and only in the units that are allowed', () => {
  const read = (text: string) =>
    parseAmount(text, { units: unitBytes, allowed: ['MB', 'GB'], isWhole: true });
  expect(read('5GB')).toBe(5_000_000_000);
  for (const text of ['0GB', '05GB', '1.5GB', '1TB', '1234567MB']) expect(read(text)).toBeUndefined();
});

test('a count has commas, and its noun a plural', () => {
  expect([0, 999, 1000, 1_234_567, 12.6].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567', '13']);
  expect([0, 1, 1200].map((amount) => counted(amount, 'file'))).toEqual(['0 files', '1 file', '1,200 files']);
});
