import { describe } from 'vitest';
import { chunk, data, done } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

type Fields = Readonly<Record<string, unknown>>;
const whole = (...deltas: readonly Fields[]) => ({
  body: `${deltas.map((delta) => chunk(delta)).join('')}${chunk({}, 'stop')}${done}`,
});
const choice = (fields: Fields) =>
  data({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, finish_reason: null, ...fields }] });
const hello = { ends: 'completed', text: 'Hello', reasoning: '' } as const;
const thought = { ends: 'completed', text: 'Hello', reasoning: 'Hm.' } as const;

const shapes: readonly WireCase[] = [
  {
    name: 'a list of output_text',
    answer: whole({ content: [{ type: 'output_text', text: 'Hello' }] }),
    right: hello,
  },
  { name: 'a list of strings', answer: whole({ content: ['Hel', 'lo'] }), right: hello },
  {
    name: 'one part without a list',
    answer: whole({ content: { type: 'text', text: 'Hello' } }),
    right: hello,
  },
  {
    name: 'text as {value}',
    answer: whole({ content: [{ type: 'text', text: { value: 'Hello', annotations: [] } }] }),
    right: hello,
  },
  { name: 'parts without a type', answer: whole({ content: [{ text: 'Hello' }] }), right: hello },
  {
    name: 'Databricks: reasoning with summary, then text',
    answer: whole(
      { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.', signature: '' }] }] },
      { content: [{ type: 'text', text: 'Hello' }] },
    ),
    right: thought,
  },
  {
    name: 'Mistral: thinking as a string, text as a string after it',
    answer: whole({ content: [{ type: 'thinking', thinking: 'Hm.' }] }, { content: 'Hello' }),
    right: thought,
  },
  {
    name: 'Mistral: a reference among the text',
    answer: whole({
      content: [
        { type: 'text', text: 'Hel' },
        { type: 'reference', reference_ids: [1] },
        { type: 'text', text: 'lo' },
      ],
    }),
    right: hello,
  },
  {
    name: 'Snowflake: content, text and content_list say the same once',
    answer: whole({
      type: 'text',
      content: 'Hello',
      content_list: [{ type: 'text', text: 'Hello' }],
      text: 'Hello',
    }),
    right: hello,
  },
  {
    name: 'Together: text and delta say the same once',
    answer: {
      body: `${choice({ text: 'Hello', delta: { role: 'assistant', content: 'Hello' } })}${chunk({}, 'eos')}${done}`,
    },
    right: hello,
  },
  {
    name: 'Perplexity: the message so far beside each delta',
    answer: {
      body: `${choice({ delta: { content: 'Hel' }, message: { content: 'Hel' } })}${choice({ delta: { content: 'lo' }, message: { content: 'Hello' } })}${choice({ delta: { content: '' }, message: { content: 'Hello' }, finish_reason: 'stop' })}${done}`,
    },
    right: hello,
  },
  {
    name: 'a gateway that pretends to stream: one event with message',
    answer: {
      body: `${choice({ message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' })}${done}`,
    },
    right: hello,
  },
  {
    name: 'Copilot: reasoning_text',
    answer: whole({ reasoning_text: 'Hm.' }, { content: 'Hello' }),
    right: thought,
  },
  {
    name: 'Copilot: cot_summary',
    answer: whole({ cot_summary: 'Hm.' }, { content: 'Hello' }),
    right: thought,
  },
  {
    name: 'reasoning and reasoning_content say the same once',
    answer: whole({ reasoning: 'Hm.', reasoning_content: 'Hm.' }, { content: 'Hello' }),
    right: thought,
  },
  {
    name: 'OpenRouter: a summary and something encrypted in reasoning_details',
    answer: whole(
      {
        content: '',
        reasoning_details: [
          { type: 'reasoning.summary', summary: 'Hm.' },
          { type: 'reasoning.encrypted', data: 'gAAAA' },
        ],
      },
      { content: 'Hello' },
    ),
    right: thought,
  },
  {
    name: 'reasoning and text in one delta',
    answer: whole({ reasoning_content: 'Hm.', content: 'Hello' }),
    right: thought,
  },
  {
    name: 'OpenAI: a refusal',
    answer: whole({ refusal: 'I cannot help with that.' }),
    right: { ends: 'failed', code: 'PROVIDER_REFUSED', retryable: false, says: /cannot help/ },
  },
  {
    name: 'a character of two units, one in each chunk',
    answer: {
      body: `data: {"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"\\ude00b"}}]}\n\n${chunk({}, 'stop')}${done}`,
    },
    right: { ends: 'completed', text: 'a😀b' },
  },
  {
    name: 'content null beside text',
    answer: whole({ content: null }, { content: 'Hello' }, { content: null }),
    right: hello,
  },
  {
    name: 'content a number',
    answer: whole({ content: 42 }, { content: 'Hello' }),
    right: { ends: 'completed' },
  },
  {
    name: 'choices as an object, null and absent',
    answer: {
      body: `${data({ choices: null })}${data({})}${chunk({ content: 'Hello' })}${chunk({}, 'stop')}${done}`,
    },
    right: hello,
  },
  {
    name: 'Azure: a first event with the filter’s verdict only',
    answer: {
      body: `${data({ choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] })}${data({ choices: [{ index: 0, content_filter_offsets: { check_offset: 1 }, content_filter_results: {}, delta: { content: 'Hello' } }] })}${chunk({}, 'stop')}${done}`,
    },
    right: hello,
  },
  {
    name: 'a NUL, a vertical tab and a lone surrogate',
    answer: {
      body: `data: {"choices":[{"index":0,"delta":{"content":"a\\u0000\\u000b\\ud800b"}}]}\n\n${chunk({}, 'stop')}${done}`,
    },
    right: { ends: 'completed' },
  },
  {
    name: 'many empty deltas',
    answer: whole(...Array.from({ length: 500 }, () => ({ content: '' })), { content: 'Hello' }),
    right: hello,
  },
];

describe('content in other shapes', () => {
  testWireCases(shapes);
});
