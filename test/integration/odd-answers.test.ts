import { setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { zstdCompressSync, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  chatEnd,
  chatEvent,
  chatText,
  head,
  runToEnd,
  startOddProvider,
  whole,
  type AskedModel,
  type OddProvider,
} from '../support/odd-provider.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

// Answers of providers that no provider should send, byte for byte, by the name of the model that is asked for.

const sse = { 'content-type': 'text/event-stream', connection: 'close' };
const inChunks = head('200 OK', { ...sse, 'transfer-encoding': 'chunked' });
const hi = chatText('hi') + chatEnd();
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const bomb = Buffer.from(`${chatText('hi')}: ${'c'.repeat(50_000_000)}\n\n${chatEnd()}`);
const stream = (text: string | Buffer) => whole('200 OK', 'text/event-stream', text);
const packed = (encoding: string, body: Buffer) =>
  Buffer.concat([Buffer.from(head('200 OK', { ...sse, 'content-encoding': encoding })), body]);
const refusal = (body: string) => whole('400 Bad Request', 'application/json', body);

/** What is sent, and what the run is to become: the text of its stage, or a failure. */
const answers: Readonly<Record<string, readonly [sent: string | Buffer, outcome: string | RegExp]>> = {
  'a-bomb-of-deflate': [packed('deflate', deflateSync(bomb)), /^LIMIT_REACHED false/],
  'a-bomb-of-zstd': [packed('zstd', zstdCompressSync(bomb)), /^LIMIT_REACHED false/],
  'two-hundred-encodings': [
    packed(Array(200).fill('gzip').join(', '), Buffer.from('x')),
    /^PROVIDER_UNAVAILABLE/,
  ],
  'early-hints': [`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${String(stream(hi))}`, 'hi'],
  'continue-unasked': [`HTTP/1.1 100 Continue\r\n\r\n${String(stream(hi))}`, /^PROVIDER_UNAVAILABLE true/],
  trailers: [
    `${inChunks}${hi.length.toString(16)}\r\n${hi}\r\n0\r\nx-t: 1\r\nauthorization: x\r\n\r\n`,
    'hi',
  ],
  'a-chunk-with-extensions': [
    `${inChunks}${hi.length.toString(16)};a=${'b'.repeat(5000)}\r\n${hi}\r\n0\r\n\r\n`,
    'hi',
  ],
  'a-chunk-of-less-than-nothing': [`${inChunks}-5\r\nhello\r\n0\r\n\r\n`, /^PROVIDER_TRUNCATED true/],
  'a-chunk-without-end': [`${inChunks}ffffffffffff\r\n${hi}`, 'hi'],
  'two-lengths': [
    `${head('200 OK', { ...sse, 'content-length': '5', 'transfer-encoding': 'chunked' })}5\r\nhello\r\n0\r\n\r\n`,
    /^PROVIDER_UNAVAILABLE true/,
  ],
  'less-than-it-said': [
    `${head('200 OK', { ...sse, 'content-length': '9999' })}${chatText('hi')}`,
    /^PROVIDER_TRUNCATED true/,
  ],
  'a-redirect-to-itself': [
    head('307 T', { location: '/v1/x', 'content-length': '0' }),
    /^PROVIDER_REFUSED false.*redirect to/,
  ],
  'no-content': [head('204 No Content', { connection: 'close' }), /^PROVIDER_TRUNCATED true/],
  'switching-protocols': [
    head('101 Switching Protocols', { connection: 'upgrade', upgrade: 'websocket' }),
    /^PROVIDER_UNAVAILABLE true/,
  ],
  'status-999': [whole('999 Odd', 'text/plain', 'odd'), /^PROVIDER_UNAVAILABLE true.*999/],
  'status-099': [whole('099 Odd', 'text/plain', 'odd'), /^PROVIDER_UNAVAILABLE true/],
  'no-http': ['hello, I am no HTTP\n', /^PROVIDER_UNAVAILABLE true/],
  'a-refusal-of-tls': [Buffer.from([0x15, 3, 1, 0, 2, 2, 40]), /^PROVIDER_UNAVAILABLE true/],
  'retry-and-ids': [stream(`retry: 99999999999999999999\n\nid\n\n${hi}`), 'hi'],
  'a-byte-order-mark': [stream(`\uFEFF${hi}`), 'hi'],
  'utf-16': [stream(Buffer.from(hi, 'utf16le')), /^PROVIDER_TRUNCATED true/],
  'carriage-returns-only': [stream(hi.replaceAll('\n', '\r')), 'hi'],
  'a-nul-in-the-text': [stream(chatText('a\0b') + chatEnd()), 'a\0b'],
  'a-nul-in-the-json': [stream(chatText('hi').replace('hi', 'h\0i') + chatEnd()), /^PROVIDER_TRUNCATED true/],
  'separators-of-lines': [stream(chatText('a\u2028b\u0085c') + chatEnd()), 'a\u2028b\u0085c'],
  'half-a-character-at-the-end': [Buffer.concat([stream(hi), Buffer.from([0xe2, 0x82])]), 'hi'],
  'no-content-type': [`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${hi}`, 'hi'],
  'another-content-type': [whole('200 OK', 'application/json; charset=utf-16', hi), 'hi'],
  'many-tools': [
    stream(
      chatEvent({
        choices: [{ index: 0, delta: { tool_calls: Array.from({ length: 100_000 }, () => ({ index: 1 })) } }],
      }) + hi,
    ),
    'hi',
  ],
  'a-huge-tool': [
    stream(
      chatEvent({
        choices: [{ index: 0, delta: { tool_calls: [{ function: { name: 'n'.repeat(2_000_000) } }] } }],
      }) + chatEnd(),
    ),
    /^OUTPUT_INVALID true.*called the tool "n{80}"/,
  ],
  'a-deep-event': [stream(`data: ${deep(100_000)}\n\n${hi}`), 'hi'],
  'a-deep-field': [stream(hi.replace('"hi"', `"hi","x":${deep(100_000)}`)), 'hi'],
  'a-deep-document': [
    whole('200 OK', 'application/json', deep(100_000)),
    /^PROVIDER_UNAVAILABLE false.*\[\[/,
  ],
  // JSON that can be read and not written was told as a defect of this server, at once and for good.
  'a-deep-error': [refusal(`{"error":${deep(30_000)}}`), /^PROVIDER_REFUSED false.*answered 400/],
  'a-deep-field-of-an-error': [
    refusal(`{"error":{"message":"too many","x":${deep(30_000)}}}`),
    /^PROVIDER_REFUSED false.*: too many/,
  ],
  'a-deep-error-of-an-upstream': [
    whole(
      '500 E',
      'application/json',
      `{"error":{"message":"down","metadata":{"raw":{"x":${deep(20_000)}}}}}`,
    ),
    /^PROVIDER_UNAVAILABLE true.*: down/,
  ],
  'a-deep-error-in-the-stream': [
    stream(`data: {"error":{"message":"gone","x":${deep(100_000)}}}\n\n`),
    /^PROVIDER_\w+ true.*gone/,
  ],
  'an-error-event-of-lists': [stream(`event: error\ndata: ${deep(100_000)}\n\n`), /^PROVIDER_\w+ true/],
  'a-wait-without-end': [
    Buffer.from(`${head('429 T', { 'retry-after': '1e999', connection: 'close' })}slow`),
    /^PROVIDER_UNAVAILABLE true.*slow/,
  ],
  'words-that-make-patterns-slow': [
    whole('429 T', 'text/html', '<title>'.repeat(3000) + '<h1'.repeat(5000) + '<!--'.repeat(5000)),
    /^PROVIDER_UNAVAILABLE true/,
  ],
  'a-million-lines-that-are-no-fields': [stream('x\n'.repeat(1_000_000) + hi), 'hi'],
  'a-prototype': [
    stream(
      `data: {"__proto__":{"choices":1},"choices":[{"index":0,"delta":{"__proto__":{"content":"evil"}}}]}\n\n${hi}`,
    ),
    'hi',
  ],
};

/** Numbers that are no counts: they were summed beyond what an event can hold, and the run failed as by a defect. */
const counts: Readonly<Record<string, unknown>> = {
  'less-than-none': { prompt_tokens: -5, completion_tokens: -1, total_tokens: -6 },
  'more-than-fits': { prompt_tokens: 9_007_199_254_740_991, completion_tokens: 9_007_199_254_740_991 },
  'more-than-fits-together': {
    prompt_tokens: 9_007_199_254_740_990,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 9_007_199_254_740_991 },
  },
  'as-large-as-numbers-get': { prompt_tokens: 1e308, completion_tokens: -1e308 },
  'no-numbers': { prompt_tokens: [[]], completion_tokens: { a: 1 }, total_tokens: null },
};

/** Bytes that come again and again until the client has gone. */
const drips: Readonly<Record<string, readonly [first: string, drip: string, outcome: RegExp]>> = {
  'headers-without-end': ['HTTP/1.1 200 OK\r\n', 'x-a: b\r\n', /^PROVIDER_STALLED true/],
  'hints-without-end': ['', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', /^PROVIDER_STALLED true/],
  'an-extension-without-end': [`${inChunks}5;a=`, 'b'.repeat(1000), /^PROVIDER_STALLED true/],
  'a-great-header': ['HTTP/1.1 200 OK\r\n', `x-a: ${'b'.repeat(10_000)}\r\n`, /^PROVIDER_UNAVAILABLE true/],
};

let provider: OddProvider;
let server: ServerProcess;

beforeAll(async () => {
  provider = await startOddProvider(answer);
  server = await startServerProcess({
    env: { COMPATIBLE_BASE_URL: `${provider.url}/v1`, COMPATIBLE_FIRST_BYTE_MS: '2500' },
  });
}, 30_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

async function answer(socket: Socket, { model }: AskedModel): Promise<void> {
  const [sent] = answers[model] ?? [];
  if (sent !== undefined) return void socket.end(sent);
  if (model in counts) return void socket.end(stream(hi + chatEvent({ usage: counts[model] })));
  const [first, drip] = drips[model] ?? [];
  if (drip === undefined) return void socket.end(whole('404 Not Found', 'application/json', '{}'));
  socket.write(first ?? '');
  // A provider that drips: slower than its answer could be read.
  for (; !socket.destroyed; await sleep(20)) socket.write(drip);
}

/** The text of the run's stage, or its failure. */
async function outcomeOf(model: string): Promise<string> {
  const { failure, events } = await runToEnd(server.port, `compatible/${model}`);
  if (failure !== undefined) return `${failure.code} ${failure.retryable} ${failure.message}`;
  const data = events.split('\n').filter((line) => line.includes('"type":"stage.delta"'));
  return data.map((line) => (JSON.parse(line.slice(6)) as { text: string }).text).join('');
}

describe('an odd answer', { timeout: 20_000 }, () => {
  test.each(Object.entries(answers))('%s', async (model, [, outcome]) => {
    if (typeof outcome === 'string') expect(await outcomeOf(model)).toBe(outcome);
    else expect(await outcomeOf(model)).toMatch(outcome);
  });

  test.each(Object.entries(drips))('that drips: %s', async (model, [, , outcome]) => {
    expect(await outcomeOf(model)).toMatch(outcome);
  });

  test.each(Object.keys(counts))('usage of %s', async (model) => {
    const pipeline = { roles: ['architect', 'documenter'] };
    const { status, usage } = await runToEnd(server.port, `compatible/${model}`, { pipeline });
    expect(status).toBe('completed');
    for (const count of [usage['inputTokens'], usage['outputTokens']]) {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(100_000);
    }
  });

  test('after all of them the server has reported no defect', () => {
    expect(server.output()).not.toContain('"level":50');
  });
});
