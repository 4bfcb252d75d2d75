import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { chatUsage, chunk, data, named, refused } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

// A real server whose SDKs ask servers on the loopback. The prices are made up so that each kind of token shows in its
// own digits: 1,000,000 tokens of input cost 1, of cached input 0.1, written to a cache 10, of output 100.

const folder = mkdtempSync(join(tmpdir(), 'costs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const digits = { input: 1, cachedInput: 0.1, cacheWriteInput: 10, output: 100 };
const { cacheWriteInput: _, ...threePrices } = digits;

/** The scene names its models `case-1` and so on, in the order of the cases. */
function pricesFor(cases: readonly WireCase[]): string {
  const models = cases.flatMap(({ name, via = 'compatible' }, index) => {
    if (name.includes('not in the list')) return [];
    return [[`${via}/case-${index + 1}`, name.includes('three prices') ? threePrices : digits] as const];
  });
  const path = join(folder, 'prices.json');
  const list = { date: '2026-11-22', currency: 'USD', models: Object.fromEntries(models) };
  writeFileSync(path, JSON.stringify(list));
  return path;
}

const messages = (usage: object, end: object) =>
  named({
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage,
    },
  }) +
  named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }) +
  named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } }) +
  named({ type: 'content_block_stop', index: 0 }) +
  named({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: end }) +
  named({ type: 'message_stop' });

const responses = (usage: object) =>
  named({
    type: 'response.output_text.delta',
    item_id: 'i',
    output_index: 0,
    content_index: 0,
    delta: 'Hello',
  }) +
  named({
    type: 'response.completed',
    response: { id: 'r', object: 'response', status: 'completed', output: [], usage },
  });

/** Anthropic counts tokens read from and written to a cache beside the input. */
const anthropicUsage = {
  input_tokens: 3,
  cache_read_input_tokens: 50,
  cache_creation_input_tokens: 20,
  output_tokens: 9,
};
const hello = { ends: 'completed', text: 'Hello' } as const;

const cases: readonly WireCase[] = [
  {
    name: 'Anthropic: input, read from and written to the cache, output',
    via: 'anthropic',
    answer: { body: messages(anthropicUsage, anthropicUsage) },
    right: { ...hello, usage: [73, 9, 50], written: 20, cost: '0.001108' },
  },
  {
    name: 'Anthropic: written to the cache, with three prices',
    via: 'anthropic',
    answer: { body: messages(anthropicUsage, { output_tokens: 9 }) },
    right: { ...hello, written: 20, cost: 'about 0.000928' },
  },
  {
    name: 'Anthropic: thinking is output',
    via: 'anthropic',
    answer: {
      body: messages(
        { input_tokens: 3, output_tokens: 1 },
        { output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } },
      ),
    },
    right: { ...hello, usage: [3, 9, 0, 4], cost: '0.000903' },
  },
  {
    name: 'OpenAI Responses: cached is part of the input, reasoning of the output',
    via: 'openai',
    answer: {
      body: responses({
        input_tokens: 53,
        output_tokens: 9,
        total_tokens: 62,
        input_tokens_details: { cached_tokens: 50 },
        output_tokens_details: { reasoning_tokens: 4 },
      }),
    },
    right: { ...hello, usage: [53, 9, 50, 4], written: 0, cost: '0.000908' },
  },
  {
    name: 'OpenAI Responses: written to the cache',
    via: 'openai',
    answer: {
      body: responses({
        input_tokens: 73,
        output_tokens: 9,
        total_tokens: 82,
        input_tokens_details: { cached_tokens: 50, cache_write_tokens: 20 },
      }),
    },
    right: { ...hello, usage: [73, 9, 50, 0], written: 20, cost: '0.001108' },
  },
  {
    name: 'Chat: cached is part of the input',
    answer: {
      body: chatUsage({
        prompt_tokens: 53,
        completion_tokens: 9,
        total_tokens: 62,
        prompt_tokens_details: { cached_tokens: 50 },
      }),
    },
    right: { ...hello, cost: '0.000908' },
  },
  {
    name: 'Chat: reasoning counted beside the output is paid as output',
    answer: {
      body: chatUsage({
        prompt_tokens: 3,
        completion_tokens: 5,
        total_tokens: 12,
        completion_tokens_details: { reasoning_tokens: 4 },
      }),
    },
    right: { ...hello, usage: [3, 9, 0, 4], cost: '0.000903' },
  },
  {
    name: 'OpenRouter: written to the cache, with three prices',
    via: 'openrouter',
    answer: {
      body: chatUsage({
        prompt_tokens: 73,
        completion_tokens: 9,
        total_tokens: 82,
        prompt_tokens_details: { cached_tokens: 50, cache_write_tokens: 20 },
      }),
    },
    right: { ...hello, written: 20, cost: 'about 0.000928' },
  },
  {
    name: 'Ollama: no usage at all is an estimate',
    via: 'ollama',
    answer: { body: `${chunk({ content: 'Hello' })}${chunk({}, 'stop')}${data('[DONE]')}` },
    right: { ...hello, source: 'estimated', cost: /^about 0\.\d+$/ },
  },
  {
    name: 'a call that is refused before its answer costs nothing, exactly',
    answer: refused(400, { error: { message: 'no' } }),
    right: { ends: 'failed', usage: [0, 0], cost: '0' },
  },
  {
    name: 'a model that is not in the list has no cost',
    answer: { body: chatUsage({ prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 }) },
    right: { ...hello, usage: [3, 9], cost: 'none' },
  },
];

describe('the cost of an attempt', () => {
  testWireCases(cases, { env: { STAGEWIRE_PRICES: pricesFor(cases) } });
});
