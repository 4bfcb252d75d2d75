import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { usageOf } from '../../server/providers/usage.ts';
import { chatDelta, chatEvents, readPieces } from '../support/read-body.ts';

describe('the sums of usage hold for every vendor', () => {
  test.for([
    [
      'xAI: reasoning beside output',
      { input: 12, output: 2, reasoning: 340, cached: 11, total: 354 },
      [12, 342, 340, 11],
    ],
    ['Gemini: thoughts in the total alone', { input: 10, output: 5, total: 315 }, [10, 305, 0, undefined]],
    [
      'OpenRouter: another tokenizer',
      { input: 24, output: 201, reasoning: 219, total: 225 },
      [24, 201, 201, undefined],
    ],
    ['xAI on Azure: cache beside input', { input: 7, output: 8, cached: 161, total: 15 }, [168, 8, 0, 161]],
    [
      'a gateway to Anthropic: cache beside input, in the total',
      { input: 7, output: 8, cached: 161, total: 176 },
      [168, 8, 0, 161],
    ],
    [
      'a gateway to Anthropic: less cached than not',
      { input: 200, output: 8, cached: 161, total: 369 },
      [361, 8, 0, 161],
    ],
    ['OpenAI', { input: 100, output: 50, reasoning: 20, cached: 64, total: 150 }, [100, 50, 20, 64]],
    ['a total that is too small', { input: 100, output: 50, total: 3 }, [100, 50, 0, undefined]],
    ['no total', { input: 1, output: 2, reasoning: 3 }, [1, 2, 2, undefined]],
  ] as const)('%s', ([, told, [inputTokens, outputTokens, reasoningTokens, cachedInputTokens]]) => {
    expect(usageOf(told, 'final')).toEqual({
      inputTokens,
      outputTokens,
      reasoningTokens,
      ...(cachedInputTokens === undefined ? {} : { cachedInputTokens }),
      source: 'final',
    });
  });

  test('property: reasoning is part of output, what was cached part of input', () => {
    const count = fc.option(fc.nat(100_000), { nil: undefined });
    fc.assert(
      fc.property(count, count, count, count, count, (input, output, reasoning, cached, total) => {
        const usage = usageOf({ input, output, reasoning, cached, total }, 'final');
        expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens);
        expect(usage.cachedInputTokens ?? 0).toBeLessThanOrEqual(usage.inputTokens);
      }),
    );
  });

  test.for([
    [
      'x_groq',
      chatEvents({
        ...chatDelta({ content: 'Hi' }, 'stop'),
        x_groq: { usage: { prompt_tokens: 3, completion_tokens: 4 } },
      }),
      [3, 4, 'final'],
    ],
    [
      'in the choice (Moonshot)',
      chatEvents({
        choices: [
          {
            index: 0,
            delta: { content: 'Hi' },
            finish_reason: 'stop',
            usage: { prompt_tokens: 3, completion_tokens: 4 },
          },
        ],
      }),
      [3, 4, 'final'],
    ],
    [
      'by other names',
      chatEvents(chatDelta({ content: 'Hi' }, 'stop'), {
        choices: [],
        usage: { input_tokens: 3, output_tokens: 4 },
      }),
      [3, 4, 'final'],
    ],
    [
      'no output of an answer',
      chatEvents(chatDelta({ content: 'Hi' }, 'stop'), {
        choices: [],
        usage: { prompt_tokens: 3, completion_tokens: 0 },
      }),
      [3, 0, 'partial'],
    ],
    [
      'zeros',
      chatEvents(chatDelta({ content: 'Hi' }, 'stop'), {
        choices: [],
        usage: { prompt_tokens: 0, completion_tokens: 0 },
      }),
      undefined,
    ],
  ] as const)('of a chat server: %s', async ([, stream, right]) => {
    const { usage } = await readPieces('chat', [stream]);
    expect(usage === undefined ? undefined : [usage.inputTokens, usage.outputTokens, usage.source]).toEqual(
      right,
    );
  });
});
