import { describe, expect, test } from 'vitest';

import { estimateUsage, usageOf } from '../../server/providers/usage.ts';
import { requestFor } from '../support/collect-answer.ts';

const request = requestFor('x'.repeat(400), { system: 's'.repeat(40) });

describe('estimateUsage', () => {
  test('takes four characters for a token, on both sides', () => {
    expect(estimateUsage(request, 't'.repeat(81), 'r'.repeat(8))).toEqual({
      inputTokens: 110,
      outputTokens: 23,
      reasoningTokens: 2,
      source: 'estimated',
    });
  });

  test('counts every message and the schema', () => {
    const longer = requestFor('', {
      system: '',
      messages: [
        { role: 'user', text: 'a'.repeat(4) },
        { role: 'assistant', text: 'b'.repeat(4) },
      ],
      json: { name: 'n', schema: { a: 'c' } },
    });
    expect(estimateUsage(longer, '', '').inputTokens).toBe(Math.ceil((8 + '{"a":"c"}'.length) / 4));
  });

  test('keeps the input side that the provider told, and no less output than it told', () => {
    const partial = {
      inputTokens: 77,
      outputTokens: 50,
      reasoningTokens: 9,
      cachedInputTokens: 5,
      source: 'partial',
    } as const;
    expect(estimateUsage(request, 'word', '', partial)).toEqual({ ...partial, source: 'estimated' });
    expect(estimateUsage(request, 't'.repeat(400), '', partial).outputTokens).toBe(109);
  });

  test('leaves a final usage as it is', () => {
    const final = { inputTokens: 1, outputTokens: 2, reasoningTokens: 0, source: 'final' } as const;
    expect(estimateUsage(request, 'text', '', final)).toBe(final);
  });
});

describe('usageOf', () => {
  test('takes what is missing or no number for none', () => {
    const told = { input: null, output: Number.NaN, reasoning: '3', cached: undefined };
    expect(usageOf(told, 'final')).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      source: 'final',
    });
  });
});
