import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { chat } from '../support/wire-bodies.ts';
import { startWireScene } from '../support/wire-scene.ts';
import type { WireSceneOptions } from '../support/wire-scene.ts';
import type { WireCase } from '../support/wire-case.ts';

type Serve = (request: IncomingMessage, response: ServerResponse) => void;
type Via = NonNullable<WireCase['via']>;

const never: WireCase['answer'] = { body: '' };
const answers: Serve = (request, response) => {
  request.resume();
  response.setHeader('content-type', 'text/event-stream');
  response.end(chat('Hello'));
};
/** Answers at this path, and says 404 in some server's words elsewhere. */
const only =
  (path: string, elsewhere = '404 page not found'): Serve =>
  (request, response) => {
    if (request.url === path) return answers(request, response);
    request.resume();
    response.writeHead(404, { 'content-type': 'text/plain' }).end(elsewhere);
  };
const redirect =
  (status: number, location: string): Serve =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { location }).end();
  };

async function end(options: WireSceneOptions, via: Via = 'compatible') {
  await using scene = await startWireScene(options);
  const { events } = await scene.play({ name: '', via, answer: never, right: { ends: 'completed' } });
  return events.at(-1);
}

const chatPath = '/v1/chat/completions';

describe('addresses', () => {
  test.each([
    ['a slash behind it', '/v1/', chatPath],
    ['a path of a gateway', '/api/openai/v1', '/api/openai/v1/chat/completions'],
    ['a query, as Azure wants it', '/v1?api-version=preview', `${chatPath}?api-version=preview`],
  ])('%s is taken', async (_, base, path) => {
    expect(await end({ base, serve: only(path) })).toMatchObject({ type: 'stage.completed' });
  });

  test.each([
    ['/v1 is missing', '', '/chat/completions', /usually ends with \/v1|\/v1/],
    ['/v1 is doubled', '/v1/v1', '/v1/v1/chat/completions', /\/v1/],
    ['the whole path is given', chatPath, `${chatPath}/chat/completions`, /\/v1/],
  ])('%s: the address that was asked is told, once', async (_, base, asked, cure) => {
    for (const elsewhere of [
      '404 page not found',
      '{"error":"Unexpected endpoint or method. (POST /chat/completions)"}',
      '{"detail":"Not Found"}',
      '<html><body><h1>404 Not Found</h1></body></html>',
      '',
    ]) {
      const last = await end({ base, serve: only(chatPath, elsewhere) });
      expect(last).toMatchObject({
        type: 'stage.failed',
        failure: { code: 'PROVIDER_REFUSED', reason: 'wrong_address', retryable: false },
      });
      const message = last?.type === 'stage.failed' ? last.failure.message : '';
      expect(message).toContain(asked);
      expect(message).toMatch(cure);
      expect(message).toContain('COMPATIBLE_BASE_URL');
    }
  });

  test('Anthropic’s base with /v1 is told', async () => {
    const serve = only(
      '/v1/messages',
      '{"type":"error","error":{"type":"not_found_error","message":"Not found"}}',
    );
    const last = await end({ base: '/v1', serve }, 'anthropic');
    expect(last).toMatchObject({
      failure: {
        retryable: false,
        reason: 'wrong_address',
        message: expect.stringContaining('/v1/v1/messages'),
      },
    });
  });

  test.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed, and told', async (status) => {
    const asked: (string | undefined)[] = [];
    const serve: Serve = (request, response) => {
      asked.push(request.url);
      redirect(status, 'http://127.0.0.1:9/v1/chat/completions?token=secret')(request, response);
    };
    const last = await end({ serve });
    expect(asked).toEqual([chatPath]);
    expect(last).toMatchObject({
      type: 'stage.failed',
      failure: {
        retryable: false,
        message: expect.stringMatching(/redirect to http:\/\/127\.0\.0\.1:9\/v1/),
      },
    });
    expect(JSON.stringify(last)).not.toContain('secret');
  });

  test('a first byte that comes late is waited for, up to the limit', async () => {
    const late: Serve = (request, response) => {
      setTimeout(() => answers(request, response), 600);
    };
    const env = { COMPATIBLE_FIRST_BYTE_MS: '1000' };
    expect(await end({ env, serve: late })).toMatchObject({ type: 'stage.completed' });
    expect(await end({ env, serve: (request) => void request.resume() })).toMatchObject({
      type: 'stage.failed',
      failure: { code: 'PROVIDER_STALLED', retryable: true },
    });
  });
});

const key = 'sk-proj/AbC+dEf=9xQ7zz';
const echoes: readonly (readonly [string, (secret: string) => string])[] = [
  ['as it is', (secret) => secret],
  ['behind Bearer', (secret) => `Bearer ${secret}`],
  ['for an address', (secret) => encodeURIComponent(secret)],
  ['for an address, twice', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ['as base64', (secret) => Buffer.from(secret).toString('base64')],
  ['as base64url', (secret) => Buffer.from(secret).toString('base64url')],
  ['as the base64 of Basic', (secret) => Buffer.from(`user:${secret}`).toString('base64')],
  ['as escapes of JSON', (secret) => secret.replaceAll('/', String.raw`\/`)],
  [
    'as numbers of JSON',
    (secret) => secret.replaceAll('+', String.raw`\u002b`).replaceAll('=', String.raw`\u003d`),
  ],
  [
    'as entities of HTML',
    (secret) => secret.replaceAll('+', '&#43;').replaceAll('=', '&#x3D;').replaceAll('/', '&#47;'),
  ],
  ['in hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
  ['within a JSON of a JSON', (secret) => JSON.stringify(JSON.stringify({ authorization: secret }))],
  ['with a line end behind it', (secret) => `${secret}\n`],
];

describe('a key that comes back in an error is not told', () => {
  test.each(echoes)('%s', async (_, encode) => {
    const secret = encode(key).trim();
    for (const [type, body] of [
      ['application/json', JSON.stringify({ error: { message: `Invalid: ${encode(key)}!` } })],
      ['text/plain', `Invalid: ${encode(key)}!`],
      ['text/html', `<html><title>Invalid: ${encode(key)}!</title></html>`],
    ] as const) {
      const serve: Serve = (request, response) => {
        request.resume();
        response.writeHead(400, { 'content-type': type }).end(body);
      };
      const last = await end({ env: { COMPATIBLE_API_KEY: key }, serve });
      const message = last?.type === 'stage.failed' ? last.failure.message : '';
      expect(message).toContain('Invalid');
      expect(message).not.toContain(secret);
      expect(message).not.toContain(key);
    }
  });
});
