import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import { createRegistry } from '../../server/providers/registry.ts';
import type { RemoteOptions, RemoteProvider } from '../../server/providers/remote-provider.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { keyTraces } from '../support/key-traces.ts';

// With everything in it that an encoding changes.
const key = 'xk/AbC+0123456789="qwerty&<uiop>asdf%ghjkl\'zxcvbnm_QWERTZ.UIOP~ASDF!';
const header = 'Zq9-wKfT-7654321-Yx+4=';
const other = 'oT4-hGq8ZpL2nVx6-Rk1mSd0-987654';
const keys = [key, header, other];

const wires = [
  {
    name: 'anthropic',
    base: '',
    create: (options: RemoteOptions) => createAnthropicProvider({ ...options, apiKey: key }),
  },
  {
    name: 'openai',
    base: '/v1',
    create: (options: RemoteOptions) => createOpenAiProvider({ ...options, apiKey: key }),
  },
  {
    name: 'compatible',
    base: '/v1',
    create: (options: RemoteOptions) =>
      createOpenAiCompatibleProvider({ ...options, name: 'compatible', apiKey: key }),
  },
] as const;
type Wire = (typeof wires)[number];
type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** The forms in which servers repeat what they were sent. */
const forms: readonly (readonly [string, (secret: string) => string])[] = [
  ['as it is', (secret) => secret],
  ['in capitals', (secret) => secret.toUpperCase()],
  ['its first half', (secret) => secret.slice(0, Math.floor(secret.length / 2))],
  ['its middle', (secret) => secret.slice(5, -5)],
  ['URL-encoded', encodeURIComponent],
  ['URL-encoded twice', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ['URL-encoded, spared', encodeURI],
  [
    'URL-encoded, every sign',
    (secret) => secret.replaceAll(/\W/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
  ],
  ['escaped for JSON', (secret) => JSON.stringify(secret)],
  ['escaped for JSON twice', (secret) => JSON.stringify(JSON.stringify(secret))],
  [
    'escaped for JSON as Go does',
    (secret) =>
      secret.replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`).replaceAll('"', '\\"'),
  ],
  [
    'escaped for HTML',
    (secret) => secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'),
  ],
  ['HTML numbers', (secret) => secret.replaceAll(/\W/g, (char) => `&#${char.charCodeAt(0)};`)],
  ['base64', (secret) => Buffer.from(secret).toString('base64')],
  ['base64 behind a user', (secret) => Buffer.from(`me:${secret}`).toString('base64')],
  ['base64 of half of it', (secret) => Buffer.from(secret.slice(0, 20)).toString('base64url')],
  ['hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
  ['hexadecimal in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
];

async function serving<T>(answer: Answer, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => answer(response, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Everything that anybody could get to see of an answer that failed, and of a list that failed. */
async function said(wire: Wire, answer: Answer): Promise<string> {
  return serving(answer, async (url) => {
    const baseUrl = `${url}${wire.base}`;
    const provider: RemoteProvider = wire.create({
      baseUrl,
      secrets: [other],
      headers: { 'x-also': header },
    });
    try {
      const asked = await collectAnswer(provider, requestFor('hello'));
      expect(asked.failure).toBeDefined();
      const listed = await provider.listModels().catch((error: unknown) => error);
      return [asked.failure, listed].map((one) => whole(one)).join('\n');
    } finally {
      await provider.close();
    }
  });
}

/** With stacks, causes and whatever hangs on them. */
function whole(value: unknown): string {
  return inspect(value, { depth: 12, maxStringLength: null, maxArrayLength: null, showHidden: true });
}

test('the look finds a key in every one of the forms', () => {
  for (const [, form] of forms) {
    for (const secret of keys) expect(keyTraces(keys, `before ${form(secret)} after`)).not.toEqual([]);
  }
  expect(keyTraces(keys, 'nothing of them')).toEqual([]);
});

describe.for(wires)('over the wire of $name no key is repeated', (wire) => {
  async function expectNoTrace(status: number, body: string): Promise<void> {
    const told = await said(wire, (response) => response.writeHead(status).end(body));
    expect(keyTraces(keys, told), `${status} ${body.slice(0, 80)}`).toEqual([]);
  }

  test.for(forms)('by an error, %s', async ([, form]) => {
    const repeated = form(key);
    const text = `wrong: ${repeated} :wrong`;
    const json = JSON.stringify({ error: { message: text, type: repeated, code: repeated } });
    await expectNoTrace(401, text);
    await expectNoTrace(200, json);
    await expectNoTrace(401, json);
    await expectNoTrace(400, JSON.stringify([{ error: { message: 'm', metadata: { raw: text } } }]));
    await expectNoTrace(403, `<html><title>${text}</title><h1>${repeated}</h1></html>`);
    // Where a page, a message and a body are cut.
    await expectNoTrace(200, `<title>${'x'.repeat(160 - 20)}${repeated}</title>`);
    await expectNoTrace(500, `${'y '.repeat(230)}${repeated}`);
    await expectNoTrace(502, `${'z '.repeat(32_755)}${repeated}`);
  });

  test('by an error: a header and a key of another provider', async () => {
    for (const [, form] of forms) await expectNoTrace(422, `${form(header)} and ${form(other)}`);
  });

  test('by the headers of an answer', async () => {
    for (const secret of keys) {
      for (const status of [200, 301, 400, 429]) {
        const told = await said(wire, (response) =>
          response
            .writeHead(status, {
              'x-request-id': secret,
              'request-id': secret,
              'content-type': `text/${secret}`,
              location: `https://other.example/${encodeURIComponent(secret)}?key=${secret}`,
              'retry-after': secret,
              'www-authenticate': `Bearer realm="${secret}"`,
            })
            .end('no'),
        );
        expect(keyTraces(keys, told)).toEqual([]);
      }
    }
  });

  test('by events of a stream', async () => {
    for (const secret of keys) {
      for (const line of [
        `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: secret, message: secret } })}`,
        `event: error\ndata: ${secret}`,
        `data: ${JSON.stringify({ error: { message: secret, code: secret } })}`,
        `data: ${JSON.stringify({ object: 'error', message: secret })}`,
        `data: ${secret}`,
        `error: ${JSON.stringify({ message: secret })}`,
        `stray ${secret}`,
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: secret }] })}`,
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: secret, arguments: '{}' } }] }, finish_reason: 'tool_calls' }] })}`,
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { refusal: secret }, finish_reason: 'stop' }] })}`,
        `event: message_delta\ndata: ${JSON.stringify({ type: 'message_delta', delta: { stop_reason: secret } })}\n\nevent: message_stop\ndata: {"type":"message_stop"}`,
        `data: ${JSON.stringify({ type: 'response.failed', response: { error: { code: secret, message: secret } } })}`,
        `data: ${JSON.stringify({ type: 'response.incomplete', response: { incomplete_details: { reason: secret } } })}`,
        `data: {"a": ${secret}`,
      ]) {
        const told = await said(wire, (response) =>
          response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`${line}\n\n`),
        );
        expect(keyTraces(keys, told), line).toEqual([]);
      }
    }
  });

  test('by a connection that breaks, after the headers or before', async () => {
    const early = await said(wire, (response) => void response.destroy());
    const late = await said(wire, (response) => {
      response.writeHead(200, { 'x-echo': key });
      response.write(`data: {"echo": ${JSON.stringify(key)}`);
      setTimeout(() => response.destroy(), 20);
    });
    expect(keyTraces(keys, early + late)).toEqual([]);
  });

  test('by the names of models', async () => {
    const data = [{ id: 'good-model' }, { id: key }, { id: `m-${other.slice(3, 15)}` }];
    const ids = await serving(
      (response) => void response.end(JSON.stringify({ data })),
      async (url) => {
        await using provider = wire.create({ baseUrl: `${url}${wire.base}`, secrets: [other] });
        return await provider.listModels();
      },
    );
    expect(ids).toEqual(['good-model']);
  });
});

test('every provider of a registry knows the keys of the others', async () => {
  await serving(
    (response) => void response.writeHead(401).end(`${keys.join(' ')} short on`),
    async (baseUrl) => {
      await using registry = createRegistry({
        clock: systemClock,
        settings: {
          anthropic: { apiKey: key, baseUrl },
          openai: { apiKey: other, baseUrl },
          ollama: { baseUrl },
          compatible: { apiKey: 'short', headers: { 'x-also': header, mode: 'on' }, baseUrl },
        },
      });
      for (const name of ['anthropic', 'openai', 'ollama', 'compatible'] as const) {
        const error: unknown = await registry.listModels(name).catch((thrown: unknown) => thrown);
        expect(keyTraces(keys, whole(error)), name).toEqual([]);
        // What is too short to be told from a word is left where it is nobody's key.
        if (name !== 'compatible') expect(String(error)).toContain('short on');
      }
    },
  );
});
