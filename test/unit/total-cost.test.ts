import { totalCost, type Cost } from '@stagewire/shared';
import { addAmounts, formatUnits, parseUnits } from '@stagewire/shared/decimal';
import { Amount } from '@stagewire/shared/primitives';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const ended = (cost?: Partial<Cost>) => ({
  status: 'completed' as const,
  ...(cost === undefined ? {} : { cost: { amount: '1', currency: 'USD', pricesOf: '2026-11-22', ...cost } }),
});

describe('amounts', () => {
  const units = fc.bigInt({ min: 0n, max: 10n ** 27n });

  test('are added without the errors of floating-point numbers', () => {
    expect(addAmounts('0.1', '0.2')).toBe('0.3');
    expect(addAmounts('0.000000000001', '999999999')).toBe('999999999.000000000001');
    expect(addAmounts('0.5', '0.5')).toBe('1');
    expect(Array.from({ length: 1000 }, () => '0.0001').reduce(addAmounts, '0')).toBe('0.1');
  });

  test.each(['', '-1', '1e3', '.5', '1.', '0.1234567890123', ' 1', 'NaN'])('%j is none', (text) => {
    expect(() => addAmounts('1', text)).toThrow(SyntaxError);
  });

  test('property: they survive writing and reading, in the form of the contract', () => {
    fc.assert(
      fc.property(units, (amount) => {
        const text = formatUnits(amount);
        expect(parseUnits(text)).toBe(amount);
        expect(Amount.parse(text)).toBe(text);
        expect(text).toMatch(/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/);
      }),
    );
  });
});

describe('the cost of several attempts', () => {
  test('is unknown if no attempt has a cost', () => {
    expect(totalCost([])).toBeUndefined();
    expect(totalCost([ended(), ended()])).toBeUndefined();
  });

  test('is the exact sum, without attempts that are open', () => {
    const attempts = [ended({ amount: '0.1' }), ended({ amount: '0.2' }), { status: 'running' as const }];
    expect(totalCost(attempts)).toEqual({ amount: '0.3', currency: 'USD', unpricedAttempts: 0 });
  });

  test('counts attempts whose cost is unknown, wherever they are', () => {
    const attempts = [ended(), ended({ amount: '0.5' }), ended()];
    expect(totalCost(attempts)).toEqual({ amount: '0.5', currency: 'USD', unpricedAttempts: 2 });
  });

  test('leaves out inherited attempts, with and without a cost', () => {
    const inheritedFrom = { runId: 'run_0000000001', seq: 5, at: '2026-11-22T10:15:30.250Z' };
    const inherited = [ended({ amount: '4' }), ended()].map((attempt) => ({ ...attempt, inheritedFrom }));
    expect(totalCost([...inherited, ended({ amount: '1' })])).toEqual({
      amount: '1',
      currency: 'USD',
      unpricedAttempts: 0,
    });
    expect(totalCost(inherited)).toBeUndefined();
  });

  test('does not add two currencies', () => {
    const attempts = [ended({ amount: '1' }), ended({ amount: '2', currency: 'EUR' })];
    expect(totalCost(attempts)).toEqual({ amount: '1', currency: 'USD', unpricedAttempts: 1 });
  });

  test('is an estimate if a part of the sum is one', () => {
    const attempts = [ended({}), ended({ estimated: true })];
    expect(totalCost(attempts)).toMatchObject({ amount: '2', estimated: true });
    const another = [ended({}), ended({ estimated: true, currency: 'EUR' })];
    expect(totalCost(another)).not.toHaveProperty('estimated');
  });
});
