import { describe } from 'vitest';
import { data, named } from '../support/wire-bodies.ts';
import type { WireCase, WireExpectation, WireReply } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

type Fields = Readonly<Record<string, unknown>>;
const delta = (text: string, item = 'msg_1', index = 0) =>
  named({
    type: 'response.output_text.delta',
    item_id: item,
    output_index: index,
    content_index: 0,
    delta: text,
    sequence_number: 1,
  });
const usage = {
  input_tokens: 11,
  output_tokens: 7,
  total_tokens: 18,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens_details: { reasoning_tokens: 2 },
};
const end = (status: string, more: Fields = {}) =>
  named({
    type: `response.${status}`,
    sequence_number: 9,
    response: { id: 'r', object: 'response', status, output: [], usage, ...more },
  });
const added = (index: number, item: Fields) =>
  named({ type: 'response.output_item.added', output_index: index, item, sequence_number: 1 });
const message = (text: string): Fields => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const of = (name: string, answer: WireReply, right: WireExpectation): WireCase => ({
  name,
  via: 'openai',
  answer,
  right,
});
const hello = { ends: 'completed', text: 'Hello' } as const;
const unavailable = { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', retryable: true } as const;

const cases: readonly WireCase[] = [
  of('sums of usage', { body: `${delta('Hello')}${end('completed')}` }, { ...hello, usage: [11, 7, 4, 2] }),
  of(
    'commentary, then the answer',
    {
      body: `${added(0, { type: 'message', id: 'a', phase: 'commentary', content: [] })}${delta('I will.', 'a')}${added(1, { type: 'message', id: 'b', phase: 'final_answer', content: [] })}${delta('Hello', 'b', 1)}${end('completed')}`,
    },
    { ends: 'completed', text: 'I will.\n\nHello' },
  ),
  of(
    'two parts of one item',
    {
      body: `${delta('Hel')}${named({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 1, delta: 'lo', sequence_number: 2 })}${end('completed')}`,
    },
    { ends: 'completed', text: 'Hello' },
  ),
  of(
    'incomplete at the limit, with text',
    {
      body: `${delta('Hello')}${end('incomplete', { incomplete_details: { reason: 'max_output_tokens' } })}`,
    },
    { ends: 'cut', text: 'Hello' },
  ),
  of(
    'incomplete at the limit, without text',
    {
      body: end('incomplete', {
        incomplete_details: { reason: 'max_output_tokens' },
        usage: { ...usage, output_tokens: 2048, output_tokens_details: { reasoning_tokens: 2048 } },
      }),
    },
    { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'output_limit', retryable: false, says: /2,?048/ },
  ),
  of(
    'incomplete by a filter, without text',
    { body: end('incomplete', { incomplete_details: { reason: 'content_filter' } }) },
    { ends: 'failed', code: 'PROVIDER_REFUSED', retryable: false },
  ),
  of(
    'incomplete without a reason',
    { body: `${delta('Hello')}${end('incomplete', { incomplete_details: null })}` },
    { ends: 'cut', text: 'Hello' },
  ),
  of(
    'failed: the server',
    {
      body: end('failed', {
        error: { code: 'server_error', message: 'An error occurred while processing your request.' },
      }),
    },
    { ...unavailable, says: /while processing/ },
  ),
  of(
    'failed: no quota',
    {
      body: end('failed', {
        error: { code: 'insufficient_quota', message: 'You exceeded your current quota' },
      }),
    },
    { ends: 'failed', code: 'PROVIDER_REFUSED', reason: 'quota', retryable: false },
  ),
  of(
    'failed: the content policy',
    {
      body: end('failed', {
        error: { code: 'content_policy_violation', message: 'This request was blocked.' },
      }),
    },
    { ends: 'failed', code: 'PROVIDER_REFUSED', retryable: false, says: /blocked/ },
  ),
  of('failed without a word', { body: end('failed', { error: null }) }, unavailable),
  of('cancelled', { body: `${delta('Hello')}${end('cancelled')}` }, { ends: 'failed', retryable: true }),
  of(
    'completed, whose status is cancelled',
    {
      body: `${delta('Hello')}${named({ type: 'response.completed', response: { id: 'r', status: 'cancelled', output: [], usage } })}`,
    },
    { ends: 'failed', retryable: true },
  ),
  of(
    'completed, whose status is failed',
    {
      body: named({
        type: 'response.completed',
        response: { id: 'r', status: 'failed', error: { code: 'server_error', message: 'boom' }, output: [] },
      }),
    },
    { ...unavailable, says: /boom/ },
  ),
  of(
    'completed, whose status is incomplete',
    {
      body: `${delta('Hello')}${named({ type: 'response.completed', response: { id: 'r', status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [], usage } })}`,
    },
    { ends: 'cut', text: 'Hello' },
  ),
  of(
    'an error event of the old form',
    {
      body: named({
        type: 'error',
        code: 'server_error',
        message: 'The server had an error',
        param: null,
        sequence_number: 1,
      }),
    },
    { ...unavailable, says: /had an error/ },
  ),
  of(
    'a refusal',
    {
      body: `${named({ type: 'response.refusal.delta', item_id: 'a', output_index: 0, content_index: 0, delta: 'I cannot help with that.', sequence_number: 1 })}${named({ type: 'response.refusal.done', item_id: 'a', output_index: 0, content_index: 0, refusal: 'I cannot help with that.', sequence_number: 2 })}${end('completed')}`,
    },
    { ends: 'failed', code: 'PROVIDER_REFUSED', retryable: false, says: /cannot help/ },
  ),
  of(
    'no deltas: the text stands in response.completed',
    { body: end('completed', { output: [message('Hello')] }) },
    { ...hello, usage: [11, 7, 4, 2] },
  ),
  of(
    'no deltas: the text stands in output_text.done',
    {
      body: `${named({ type: 'response.output_text.done', item_id: 'msg_1', output_index: 0, content_index: 0, text: 'Hello', sequence_number: 1 })}${end('completed')}`,
    },
    hello,
  ),
  of(
    'deltas and the whole: the text once',
    {
      body: `${delta('Hel')}${delta('lo')}${named({ type: 'response.output_text.done', item_id: 'msg_1', output_index: 0, content_index: 0, text: 'Hello', sequence_number: 1 })}${named({ type: 'response.output_item.done', output_index: 0, item: message('Hello'), sequence_number: 3 })}${end('completed', { output: [message('Hello')] })}`,
    },
    hello,
  ),
  of(
    'only a call of a function',
    {
      body: `${added(0, { type: 'function_call', id: 'f', call_id: 'c', name: 'ls', arguments: '' })}${named({ type: 'response.function_call_arguments.delta', item_id: 'f', output_index: 0, delta: '{}', sequence_number: 1 })}${end('completed')}`,
    },
    { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call' },
  ),
  of(
    'the end is missing',
    { body: delta('Hello') },
    { ends: 'failed', code: 'PROVIDER_TRUNCATED', retryable: true },
  ),
  of(
    '[DONE] instead of the end, which only this API’s own events tell',
    { body: `${delta('Hello')}data: [DONE]\n\n` },
    { ends: 'failed', code: 'PROVIDER_TRUNCATED', retryable: true },
  ),
  of('[DONE] behind the end', { body: `${delta('Hello')}${end('completed')}data: [DONE]\n\n` }, hello),
  of(
    'no event lines',
    {
      body: `${data({ type: 'response.output_text.delta', item_id: 'a', output_index: 0, content_index: 0, delta: 'Hello' })}${data({ type: 'response.completed', response: { id: 'r', status: 'completed', output: [], usage } })}`,
    },
    hello,
  ),
  of(
    'the response as JSON',
    {
      type: 'application/json',
      body: JSON.stringify({
        id: 'r',
        object: 'response',
        status: 'completed',
        output: [
          { type: 'reasoning', id: 'x', summary: [{ type: 'summary_text', text: 'Hm.' }] },
          message('Hello'),
        ],
        usage,
      }),
    },
    { ...hello, reasoning: 'Hm.', usage: [11, 7, 4, 2] },
  ),
  of(
    'raw thoughts',
    {
      body: `${named({ type: 'response.reasoning_text.delta', item_id: 'x', output_index: 0, content_index: 0, delta: 'Hm.', sequence_number: 1 })}${delta('Hello', 'msg_1', 1)}${end('completed')}`,
    },
    { ...hello, reasoning: 'Hm.' },
  ),
  of(
    'no usage',
    { body: `${delta('Hello')}${end('completed', { usage: null })}` },
    { ...hello, source: 'estimated' },
  ),
  of(
    'events of a later version',
    {
      body: `${named({ type: 'response.telepathy.delta', delta: 'x' })}${delta('Hello')}${end('completed')}`,
    },
    hello,
  ),
  of(
    'chat chunks where responses were asked for',
    {
      body: 'data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    },
    { ends: 'failed' },
  ),
];

describe('Responses', () => {
  testWireCases(cases);
});
