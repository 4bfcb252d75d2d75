import { costText } from '@stagewire/shared/units/cost';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test.for([
  ['0', '0 USD'],
  ['0.000000000001', '0.000000000001 USD'],
  ['0.000012', '0.000012 USD'],
  ['0.00001234', '0.000012 USD'],
  ['0.0000996', '0.00010 USD'],
  ['0.001', '0.0010 USD'],
  ['0.00996', '0.0100 USD'],
  ['0.01234', '0.0123 USD'],
  ['0.1', '0.1000 USD'],
  ['1', '1.00 USD'],
  ['1.2549', '1.25 USD'],
  ['1234567.5', '1,234,567.50 USD'],
] as const)('%s is shown as %s', ([amount, text]) => {
  expect(costText({ amount, currency: 'USD' })).toBe(text);
});

test('an estimate and a partial sum are shown as such', () => {
  const cost = { amount: '0.5', currency: 'EUR' };
  expect(costText({ ...cost, estimated: true })).toBe('about 0.5000 EUR');
  expect(costText({ ...cost, unpricedAttempts: 0 })).toBe('0.5000 EUR');
  expect(costText({ ...cost, unpricedAttempts: 2 })).toBe('at least 0.5000 EUR');
  expect(costText({ ...cost, unpricedAttempts: 1, estimated: true })).toBe('at least about 0.5000 EUR');
});

test('property: a cost above 0 is never shown as 0, and is off by at most 5 %', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), (units) => {
      const digits = String(units).padStart(13, '0');
      const amount = `${digits.slice(0, -12)}.${digits.slice(-12)}`;
      const shown = Number(costText({ amount, currency: 'USD' }).replace(' USD', '').replaceAll(',', ''));
      expect(shown).toBeGreaterThan(0);
      expect(Math.abs(shown / Number(amount) - 1)).toBeLessThanOrEqual(0.0500001);
    }),
  );
});
