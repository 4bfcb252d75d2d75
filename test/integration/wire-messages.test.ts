import { describe } from 'vitest';
import { named, refused } from '../support/wire-bodies.ts';
import type { WireCase, WireExpectation, WireReply } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

type Fields = Readonly<Record<string, unknown>>;
const start = (usage: Fields = { input_tokens: 11, output_tokens: 1 }) =>
  named({
    type: 'message_start',
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
const open = (index: number, block: Fields) =>
  named({ type: 'content_block_start', index, content_block: block });
const delta = (index: number, fields: Fields) => named({ type: 'content_block_delta', index, delta: fields });
const close = (index: number) => named({ type: 'content_block_stop', index });
const text = (value: string, index = 0) =>
  `${open(index, { type: 'text', text: '' })}${delta(index, { type: 'text_delta', text: value })}${close(index)}`;
const stop = (reason: string | null, usage: Fields = { output_tokens: 7 }) =>
  named({ type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage });
const over = named({ type: 'message_stop' });
const fault = (type: string, message: string) => named({ type: 'error', error: { type, message } });
const of = (name: string, answer: WireReply | string, right: WireExpectation): WireCase => ({
  name,
  via: 'anthropic',
  answer: typeof answer === 'string' ? { body: answer } : answer,
  right,
});
const hello = { ends: 'completed', text: 'Hello' } as const;
const unavailable = { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', retryable: true } as const;

const cases: readonly WireCase[] = [
  of('overloaded in mid-stream', `${start()}${text('Hel')}${fault('overloaded_error', 'Overloaded')}`, {
    ...unavailable,
    says: /Overloaded/,
  }),
  of(
    'overloaded as 529',
    refused(529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    { ...unavailable, says: /Overloaded/ },
  ),
  of(
    'overloaded as JSON under 200',
    {
      type: 'application/json',
      body: JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    },
    { ...unavailable, says: /Overloaded/ },
  ),
  of(
    'a rate limit in mid-stream',
    `${start()}${fault('rate_limit_error', 'This request would exceed the rate limit')}`,
    { ...unavailable, reason: 'rate_limit' },
  ),
  of('a wrong key in the stream', fault('authentication_error', 'invalid x-api-key'), {
    ends: 'failed',
    code: 'PROVIDER_AUTH',
    retryable: false,
  }),
  of(
    'an error behind the stop reason',
    `${start()}${text('Hello')}${stop('end_turn')}${fault('api_error', 'Internal server error')}`,
    hello,
  ),
  of(
    'pings everywhere',
    `${named({ type: 'ping' })}${start()}${named({ type: 'ping' })}${text('Hello')}${named({ type: 'ping' })}${stop('end_turn')}${named({ type: 'ping' })}${over}`,
    hello,
  ),
  of(
    'thoughts, redacted ones, a signature, then text',
    `${start()}${open(0, { type: 'thinking', thinking: '', signature: '' })}${delta(0, { type: 'thinking_delta', thinking: 'Hm.' })}${delta(0, { type: 'signature_delta', signature: 'abc' })}${close(0)}${open(1, { type: 'redacted_thinking', data: 'xyz' })}${close(1)}${text('Hello', 2)}${stop('end_turn')}${over}`,
    { ...hello, reasoning: 'Hm.' },
  ),
  of(
    'only thoughts',
    `${start()}${open(0, { type: 'thinking', thinking: '', signature: '' })}${delta(0, { type: 'thinking_delta', thinking: 'Hm.' })}${close(0)}${stop('end_turn')}${over}`,
    { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'empty' },
  ),
  of(
    'only thoughts, up to the limit',
    `${start()}${open(0, { type: 'thinking', thinking: '', signature: '' })}${delta(0, { type: 'thinking_delta', thinking: 'Hm.' })}${close(0)}${stop('max_tokens', { output_tokens: 32_000 })}${over}`,
    { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'output_limit', retryable: false, says: /32,?000/ },
  ),
  of(
    'a tool and nothing else',
    `${start()}${open(0, { type: 'tool_use', id: 't', name: 'ls', input: {} })}${delta(0, { type: 'input_json_delta', partial_json: '{}' })}${close(0)}${stop('tool_use')}${over}`,
    { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call' },
  ),
  of('refusal', `${start()}${stop('refusal')}${over}`, {
    ends: 'failed',
    code: 'PROVIDER_REFUSED',
    retryable: false,
  }),
  of('max_tokens', `${start()}${text('Hello')}${stop('max_tokens')}${over}`, { ends: 'cut', text: 'Hello' }),
  of('the window is full', `${start()}${text('Hello')}${stop('model_context_window_exceeded')}${over}`, {
    ends: 'cut',
    text: 'Hello',
  }),
  of('stop_sequence', `${start()}${text('Hello')}${stop('stop_sequence')}${over}`, {
    ...hello,
    finish: 'stop',
  }),
  of(
    'usage is told twice, the caches in both',
    `${start({ input_tokens: 100, cache_read_input_tokens: 50, cache_creation_input_tokens: 20, output_tokens: 1 })}${text('Hello')}${stop('end_turn', { input_tokens: 100, cache_read_input_tokens: 50, cache_creation_input_tokens: 20, output_tokens: 9 })}${over}`,
    { ...hello, usage: [170, 9, 50] },
  ),
  of(
    'LiteLLM: usage is told at the end only (litellm#40864)',
    `${start({ input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 })}${text('Hello')}${stop('end_turn', { input_tokens: 19, output_tokens: 4 })}${over}`,
    { ...hello, usage: [19, 4] },
  ),
  of(
    'usage is null at the end',
    `${start()}${text('Hello')}${named({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: null })}${over}`,
    hello,
  ),
  of(
    'no usage at the start',
    `${named({ type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', content: [] } })}${text('Hello')}${stop('end_turn')}${over}`,
    hello,
  ),
  of(
    'text in the start of its block',
    `${start()}${open(0, { type: 'text', text: 'Hel' })}${delta(0, { type: 'text_delta', text: 'lo' })}${close(0)}${stop('end_turn')}${over}`,
    hello,
  ),
  of(
    'no blank line behind the last event',
    `${start()}${text('Hello')}${stop('end_turn')}${over}`.trimEnd(),
    hello,
  ),
  of('no message_stop', `${start()}${text('Hello')}${stop('end_turn')}`, hello),
  of('message_stop, but no stop reason', `${start()}${text('Hello')}${stop(null)}${over}`, {
    ends: 'completed',
    text: 'Hello',
  }),
  of('neither', `${start()}${text('Hello')}`, {
    ends: 'failed',
    code: 'PROVIDER_TRUNCATED',
    retryable: true,
  }),
  of('two text blocks', `${start()}${text('Hel', 0)}${text('lo', 1)}${stop('end_turn')}${over}`, {
    ends: 'completed',
  }),
  of(
    'the message as JSON',
    {
      type: 'application/json',
      body: JSON.stringify({
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: '' },
          { type: 'text', text: 'Hello' },
        ],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 11, output_tokens: 7 },
      }),
    },
    { ...hello, reasoning: 'Hm.', usage: [11, 7] },
  ),
  of(
    'the message as JSON, cut at the limit',
    {
      type: 'application/json',
      body: JSON.stringify({
        id: 'm',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'text', text: 'Hello' }],
        stop_reason: 'max_tokens',
        stop_sequence: null,
        usage: { input_tokens: 11, output_tokens: 7 },
      }),
    },
    { ends: 'cut', text: 'Hello' },
  ),
  of(
    'a delta of a later version',
    `${start()}${open(0, { type: 'text', text: '' })}${delta(0, { type: 'telepathy_delta', text: 'x' })}${delta(0, { type: 'text_delta', text: 'Hello' })}${close(0)}${stop('end_turn')}${over}`,
    hello,
  ),
  of(
    'thoughts in tags (a local model behind this API)',
    `${start()}${text('<think>Hm.</think>Hello')}${stop('end_turn')}${over}`,
    { ...hello, reasoning: 'Hm.' },
  ),
  of(
    'an error of the form of OpenAI',
    refused(401, { error: { message: 'Incorrect API key provided', code: 'invalid_api_key' } }),
    { ends: 'failed', code: 'PROVIDER_AUTH', retryable: false, says: /Incorrect API key/ },
  ),
  of(
    'pieces of a byte, a label of JSON',
    {
      type: 'application/json',
      body: `${start()}${text('Grüße 😀')}${stop('end_turn')}${over}`,
      pieces: 'bytes',
    },
    { ends: 'completed', text: 'Grüße 😀' },
  ),
  of('[DONE] behind it', `${start()}${text('Hello')}${stop('end_turn')}${over}data: [DONE]\n\n`, hello),
  of(
    'no event lines',
    `${start()}${text('Hello')}${stop('end_turn')}${over}`.replaceAll(/^event: .*\n/gm, ''),
    hello,
  ),
];

describe('Messages', () => {
  testWireCases(cases);
});
