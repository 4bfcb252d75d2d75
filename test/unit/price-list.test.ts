import type { Usage } from '@stagewire/shared';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { costOf, type PriceList } from '../../server/providers/price-list.ts';

const price = { input: 1_500_000n, cachedInput: 150_000n, cacheWriteInput: 1_875_000n, output: 6_000_000n };
const { cacheWriteInput: _, ...threePrices } = price;
const prices: PriceList = {
  date: '2026-11-22',
  currency: 'USD',
  models: new Map([
    ['openai/four', price],
    ['openai/three', threePrices],
  ]),
};

const usage = (more: Partial<Usage> = {}): Usage => ({
  inputTokens: 1000,
  outputTokens: 200,
  reasoningTokens: 50,
  source: 'final',
  ...more,
});

test('reasoning is paid once, as a part of the output', () => {
  expect(costOf(prices, 'openai/four', usage())).toEqual({
    amount: '0.0027',
    currency: 'USD',
    pricesOf: '2026-11-22',
  });
});

test('each part of the input has its own price', () => {
  const cost = costOf(prices, 'openai/four', usage({ cachedInputTokens: 600, cacheWriteInputTokens: 300 }));
  // 100 × 1.5 + 600 × 0.15 + 300 × 1.875 + 200 × 6, each per 1,000,000
  expect(cost).toMatchObject({ amount: '0.0020025' });
  expect(cost).not.toHaveProperty('estimated');
});

test('the model must be that of the list, letter by letter', () => {
  for (const model of [
    'openai/Four',
    'openai/four-2',
    'four',
    'openai/fou',
    'compatible/four',
    'openai/four ',
  ]) {
    expect(costOf(prices, model, usage())).toBeUndefined();
  }
});

test('it is an estimate if the tokens are, or if a price is missing that they need', () => {
  expect(costOf(prices, 'openai/four', usage({ source: 'partial' }))).toMatchObject({ estimated: true });
  expect(costOf(prices, 'openai/four', usage({ source: 'estimated' }))).toMatchObject({ estimated: true });
  expect(costOf(prices, 'openai/three', usage())).not.toHaveProperty('estimated');
  expect(costOf(prices, 'openai/three', usage({ cacheWriteInputTokens: 1 }))).toMatchObject({
    amount: '0.0027',
    estimated: true,
  });
});

test('property: more tokens never cost less, and the cost of no tokens is 0', () => {
  expect(costOf(prices, 'openai/four', usage({ inputTokens: 0, outputTokens: 0 }))).toMatchObject({
    amount: '0',
  });
  const tokens = fc.nat(1_000_000_000);
  fc.assert(
    fc.property(tokens, tokens, tokens, (inputTokens, outputTokens, more) => {
      const amountOf = (given: Partial<Usage>) => Number(costOf(prices, 'openai/four', usage(given))?.amount);
      const one = amountOf({ inputTokens, outputTokens });
      expect(amountOf({ inputTokens: inputTokens + more, outputTokens })).toBeGreaterThanOrEqual(one);
      expect(one).toBeCloseTo((inputTokens * 1.5 + outputTokens * 6) / 1_000_000, 6);
    }),
  );
});
