import { gzipSync } from 'node:zlib';
import { describe } from 'vitest';
import { chat, chunk, completion, data, done } from '../support/wire-bodies.ts';
import type { WireCase } from '../support/wire-case.ts';
import { testWireCases } from '../support/wire-tests.ts';

const hello = { ends: 'completed', text: 'Hello' } as const;
const whole = chat('Hello');
const foreign = 'Grüße, 世界 😀 – “¿?”';
const long = 'ab😀'.repeat(100_000);
const json = (fields: unknown, type = 'application/json') => ({ type, body: JSON.stringify(fields) });
const lines = (...chunks: readonly unknown[]) => `${chunks.map((it) => JSON.stringify(it)).join('\n')}\n`;
const piece = (content: string, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});

const streams: readonly WireCase[] = [
  { name: 'gzip', answer: { headers: { 'content-encoding': 'gzip' }, body: gzipSync(whole) }, right: hello },
  {
    name: 'gzip byte by byte',
    answer: { headers: { 'content-encoding': 'gzip' }, body: gzipSync(chat(foreign)), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'gzip cut off',
    answer: { headers: { 'content-encoding': 'gzip' }, body: gzipSync(whole).subarray(0, 60), drop: true },
    right: { ends: 'failed', retryable: true },
  },
  { name: 'a byte order mark', answer: { body: `\uFEFF${whole}` }, right: hello },
  { name: 'lines that end with CR only', answer: { body: whole.replaceAll('\n', '\r') }, right: hello },
  {
    name: 'lines that end with CR only, byte by byte',
    answer: { body: chat(foreign).replaceAll('\n', '\r'), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'lines that end with CRLF, byte by byte',
    answer: { body: chat(foreign).replaceAll('\n', '\r\n'), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'mixed line ends',
    answer: {
      body: `${chunk({ content: 'Hel' }).replaceAll('\n', '\r\n')}${chunk({ content: 'lo' })}${chunk({}, 'stop').replaceAll('\n', '\r')}`,
    },
    right: hello,
  },
  {
    name: 'one line of 500,000 characters',
    answer: { body: chat(long) },
    right: { ends: 'completed', text: long },
  },
  {
    name: 'characters of many bytes, cut at each byte',
    answer: { body: chat(foreign), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'bytes that are no UTF-8',
    answer: {
      body: Buffer.concat([
        Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`b"}}]}\n\n${chunk({}, 'stop')}${done}`),
      ]),
    },
    right: { ends: 'completed', text: 'a\ufffd\ufffdb' },
  },
  {
    name: 'comments and empty events between',
    answer: {
      body: `: OPENROUTER PROCESSING\n\n:\n\n\n\n${chunk({ content: 'Hel' })}: ping - 2026-11-27\n\nid: 1\n\n${chunk({ content: 'lo' })}${chunk({}, 'stop')}${done}`,
    },
    right: hello,
  },
  { name: 'empty data', answer: { body: `data:\n\ndata: \n\n${whole}` }, right: hello },
  {
    name: 'pings as events with data',
    answer: { body: `event: ping\n${data({ type: 'ping' })}${whole}event: ping\ndata: {}\n\n` },
    right: hello,
  },
  {
    name: 'a ping that is no JSON',
    answer: { body: `event: ping\ndata: keep-alive\n\n${whole}` },
    right: hello,
  },
  { name: 'data that is no JSON, between', answer: { body: `data: : keep-alive\n\n${whole}` }, right: hello },
  { name: 'a heartbeat in words', answer: { body: `data: heartbeat\n\n${whole}` }, right: hello },
  {
    name: 'an event’s name that contradicts: error over a chunk',
    answer: { body: `event: error\n${chunk({ content: 'Hello' })}${chunk({}, 'stop')}${done}` },
    right: hello,
  },
  {
    name: 'an event’s name that contradicts: message_stop over a chunk',
    answer: { body: `event: message_stop\n${chunk({ content: 'Hello' })}${chunk({}, 'stop')}${done}` },
    right: hello,
  },
  {
    name: 'an event’s name that contradicts: a chunk’s name over an error',
    answer: { body: `event: completion\n${data({ error: { message: 'boom', code: 500 } })}` },
    right: { ends: 'failed', code: 'PROVIDER_UNAVAILABLE', says: /boom/ },
  },
  {
    name: 'one JSON over several data lines',
    answer: {
      body: `${JSON.stringify(piece('Hello'), null, 1)
        .split('\n')
        .map((line) => `data: ${line}`)
        .join('\n')}\n\n${chunk({}, 'stop')}${done}`,
    },
    right: hello,
  },
  { name: 'no space behind the colon', answer: { body: whole.replaceAll('data: ', 'data:') }, right: hello },
  { name: 'spaces before the first event', answer: { body: `   \n\n${whole}` }, right: hello },
  {
    name: 'events that are not parted by a blank line',
    answer: {
      body: `${chunk({ content: 'Hel' }).trimEnd()}\n${chunk({ content: 'lo' }).trimEnd()}\n${chunk({}, 'stop').trimEnd()}\n${done}`,
    },
    right: hello,
  },
  {
    name: 'fields of other protocols',
    answer: {
      body: `retry: 100\n${chunk({ content: 'Hel' })}foo: bar\n${chunk({ content: 'lo' })}${chunk({}, 'stop')}${done}`,
    },
    right: hello,
  },
  {
    name: 'two halves',
    answer: { body: chat(foreign), pieces: 'halves' },
    right: { ends: 'completed', text: foreign },
  },
];

const labels: readonly WireCase[] = [
  ...[
    'text/plain',
    'application/octet-stream',
    'application/json; charset=utf-8',
    'TEXT/EVENT-STREAM',
    'text/event-stream;charset=UTF-8',
    'application/stream+json',
    'text/html',
    '',
  ].map((type): WireCase => ({
    name: `a stream under the label "${type}"`,
    answer: { type, body: whole },
    right: hello,
  })),
  {
    name: 'a stream under application/json, byte by byte',
    answer: { type: 'application/json', body: chat(foreign), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'comments first, under application/json',
    answer: { type: 'application/json', body: `: hello\n\n${whole}` },
    right: hello,
  },
];

const plain: readonly WireCase[] = [
  {
    name: 'a completion',
    answer: json(completion({ content: 'Hello' })),
    right: { ...hello, usage: [3, 5] },
  },
  {
    name: 'a completion under text/event-stream',
    answer: json(completion({ content: 'Hello' }), 'text/event-stream'),
    right: { ...hello, usage: [3, 5] },
  },
  {
    name: 'a completion, printed over many lines, under text/plain',
    answer: { type: 'text/plain', body: JSON.stringify(completion({ content: 'Hello' }), null, 2) },
    right: hello,
  },
  {
    name: 'a completion byte by byte',
    answer: { ...json(completion({ content: foreign })), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'a completion with white space before it',
    answer: { type: 'application/json', body: `\r\n  \n${JSON.stringify(completion({ content: 'Hello' }))}` },
    right: hello,
  },
  {
    name: 'a completion, gzip',
    answer: {
      type: 'application/json',
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(completion({ content: 'Hello' }))),
    },
    right: hello,
  },
  {
    name: 'a completion with reasoning',
    answer: json(completion({ content: 'Hello', reasoning_content: 'Hm.' })),
    right: { ...hello, reasoning: 'Hm.' },
  },
  {
    name: 'a completion with thoughts in tags',
    answer: json(completion({ content: '<think>Hm.</think>Hello' })),
    right: { ...hello, reasoning: 'Hm.' },
  },
  {
    name: 'a completion with content as a list',
    answer: json(
      completion({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
          { type: 'text', text: 'Hello' },
        ],
      }),
    ),
    right: { ...hello, reasoning: 'Hm.' },
  },
  {
    name: 'a completion that calls a tool',
    answer: json(
      completion({
        content: null,
        tool_calls: [{ id: 't', type: 'function', function: { name: 'ls', arguments: '{}' } }],
      }),
    ),
    right: { ends: 'failed', code: 'OUTPUT_INVALID', reason: 'tool_call' },
  },
  {
    name: 'a completion cut at the limit',
    answer: json(
      completion(
        {},
        {
          choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'length' }],
        },
      ),
    ),
    right: { ends: 'cut', text: 'Hello' },
  },
  {
    name: 'a completion that is cut off',
    answer: {
      type: 'application/json',
      body: JSON.stringify(completion({ content: 'Hello' })).slice(0, 100),
    },
    right: { ends: 'failed', retryable: true },
  },
  {
    name: 'a completion of which half arrives',
    answer: {
      type: 'application/json',
      headers: { 'content-length': '5000' },
      body: JSON.stringify(completion({ content: 'Hello' })).slice(0, 100),
      drop: true,
    },
    right: { ends: 'failed', retryable: true },
  },
  {
    name: 'chunks as lines of JSON',
    answer: { type: 'application/x-ndjson', body: lines(piece('Hel'), piece('lo'), piece('', 'stop')) },
    right: hello,
  },
  {
    name: 'chunks as lines of JSON, byte by byte',
    answer: { type: 'application/x-ndjson', body: lines(piece(foreign), piece('', 'stop')), pieces: 'bytes' },
    right: { ends: 'completed', text: foreign },
  },
  {
    name: 'chunks as lines of JSON under text/event-stream',
    answer: { body: lines(piece('Hel'), piece('lo'), piece('', 'stop')) },
    right: hello,
  },
  {
    name: 'chunks as lines of JSON, cut off',
    answer: { type: 'application/x-ndjson', body: lines(piece('Hel')) },
    right: { ends: 'failed', code: 'PROVIDER_TRUNCATED', retryable: true },
  },
  {
    name: 'Ollama’s own lines',
    answer: {
      type: 'application/x-ndjson',
      body: lines(
        { model: 'm', message: { role: 'assistant', content: 'Hel' }, done: false },
        { model: 'm', message: { role: 'assistant', content: 'lo' }, done: false },
        {
          model: 'm',
          message: { role: 'assistant', content: '' },
          done: true,
          done_reason: 'stop',
          prompt_eval_count: 26,
          eval_count: 10,
        },
      ),
    },
    right: { ends: 'failed', retryable: false, reason: 'wrong_address' },
  },
  { name: 'an array of chunks', answer: json([piece('Hel'), piece('lo'), piece('', 'stop')]), right: hello },
  {
    name: 'JSON that is nothing of this',
    answer: json({ hello: 'world' }),
    right: { ends: 'failed', reason: 'wrong_address', retryable: false },
  },
  { name: 'null', answer: json(null), right: { ends: 'failed' } },
  {
    name: 'a completion without choices',
    answer: json({ id: 'x', object: 'chat.completion', choices: [] }),
    right: { ends: 'failed', code: 'OUTPUT_INVALID' },
  },
];

describe('framing', () => {
  testWireCases([...streams, ...labels, ...plain]);
});
