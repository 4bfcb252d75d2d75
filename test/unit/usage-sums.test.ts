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

/** What no provider should tell as a count. */
const noCounts: readonly (readonly [name: string, json: string])[] = [
  ['a word', '"many"'],
  ['an empty text', '""'],
  ['a negative number', '-5'],
  ['a fraction', '1.5'],
  ['a number beyond every count', '1e300'],
  ['a number beyond every number', '1e999'],
  ['true', 'true'],
  ['an object', '{"a":1}'],
  ['a list', '[7]'],
  ['a deep list', `${'['.repeat(5000)}${']'.repeat(5000)}`],
];

describe('what is no count counts nothing', () => {
  test.each(noCounts)('%s', (_name, json) => {
    const value: unknown = JSON.parse(json);
    expect(
      usageOf(
        { input: 3, output: 4, reasoning: value, cached: value, written: value, total: value },
        'final',
      ),
    ).toEqual({
      inputTokens: 3,
      outputTokens: 4,
      reasoningTokens: 0,
      source: 'final',
    });
    expect(usageOf({ input: value, output: value }, 'final')).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  // Texts were put together with numbers, and a deep list ended the call with a stack that overflowed.
  test.each(noCounts)('of a Messages server, beside what it told well: %s', async (_name, json) => {
    const first = `{"type":"message_start","message":{"usage":{"input_tokens":3,"cache_read_input_tokens":${json},"cache_creation_input_tokens":${json},"output_tokens":${json}}}}`;
    const last = `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":${json},"output_tokens":4,"output_tokens_details":{"thinking_tokens":${json}}}}`;
    const text = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}';
    const stream = [first, text, last, '{"type":"message_stop"}'].map(eventOf).join('');
    const answer = await readPieces('messages', [stream]);
    expect(answer).toMatchObject({ text: 'Hi', finishReason: 'stop', failure: undefined });
    expect(answer.usage).toEqual({ inputTokens: 3, outputTokens: 4, reasoningTokens: 0, source: 'final' });
  });

  test.each(noCounts)('of a Responses server: %s', async (_name, json) => {
    const usage = `{"input_tokens":3,"output_tokens":4,"total_tokens":${json},"input_tokens_details":{"cached_tokens":${json}},"output_tokens_details":${json}}`;
    const stream = [
      '{"type":"response.output_text.delta","item_id":"i","delta":"Hi"}',
      `{"type":"response.completed","response":{"status":"completed","output":[],"usage":${usage}}}`,
    ];
    const answer = await readPieces('responses', [stream.map(eventOf).join('')]);
    expect(answer).toMatchObject({ text: 'Hi', finishReason: 'stop', failure: undefined });
    expect(answer.usage).toEqual({ inputTokens: 3, outputTokens: 4, reasoningTokens: 0, source: 'final' });
  });

  test.each(noCounts)('of a chat server: %s', async (_name, json) => {
    const usage = `{"prompt_tokens":3,"completion_tokens":4,"total_tokens":${json},"prompt_tokens_details":${json},"completion_tokens_details":{"reasoning_tokens":${json}},"cached_tokens":${json}}`;
    const stream = `data: ${JSON.stringify(chatDelta({ content: 'Hi' }, 'stop'))}\n\ndata: {"choices":[],"usage":${usage}}\n\ndata: [DONE]\n\n`;
    const answer = await readPieces('chat', [stream]);
    expect(answer).toMatchObject({ text: 'Hi', finishReason: 'stop', failure: undefined });
    expect(answer.usage).toEqual({ inputTokens: 3, outputTokens: 4, reasoningTokens: 0, source: 'final' });
  });

  test.each(noCounts)('the whole usage of each: %s', async (_name, json) => {
    const chat = `data: ${JSON.stringify(chatDelta({ content: 'Hi' }, 'stop'))}\n\ndata: {"choices":[],"usage":${json}}\n\ndata: [DONE]\n\n`;
    const messages = [
      `{"type":"message_start","message":{"usage":${json}}}`,
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}',
      `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":${json}}`,
      '{"type":"message_stop"}',
    ];
    const responses = [
      '{"type":"response.output_text.delta","item_id":"i","delta":"Hi"}',
      `{"type":"response.completed","response":{"status":"completed","output":[],"usage":${json}}}`,
    ];
    for (const answer of [
      await readPieces('chat', [chat]),
      await readPieces('messages', [messages.map(eventOf).join('')]),
      await readPieces('responses', [responses.map(eventOf).join('')]),
    ]) {
      expect(answer).toMatchObject({ text: 'Hi', finishReason: 'stop', failure: undefined });
      expect(answer.usage).toBeUndefined();
    }
  });
});

function eventOf(json: string): string {
  const [, type = ''] = /"type":"([^"]+)"/.exec(json) ?? [];
  return `event: ${type}\ndata: ${json}\n\n`;
}
