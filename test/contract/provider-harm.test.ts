import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { createAnthropicProvider } from '../../server/providers/anthropic.ts';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { createOpenAiProvider } from '../../server/providers/openai.ts';
import type { RemoteOptions, RemoteProvider } from '../../server/providers/remote-provider.ts';
import { collectAnswer, requestFor, type CollectedAnswer } from '../support/collect-answer.ts';

const key = 'xk0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

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

type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

async function ask(wire: Wire, answer: Answer, more: Partial<RemoteOptions> = {}): Promise<CollectedAnswer> {
  const server = createServer((request, response) => {
    request.resume();
    request.once(
      'end',
      () => void Promise.resolve(answer(response, request)).catch(() => response.destroy()),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const provider: RemoteProvider = wire.create({ baseUrl: `http://127.0.0.1:${port}${wire.base}`, ...more });
  try {
    return await collectAnswer(provider, requestFor('hello'));
  } finally {
    await provider.close();
    server.closeAllConnections();
    server.close();
  }
}

/** Writes until it has written so many bytes, or the client has gone. */
async function flood(response: ServerResponse, piece: Buffer, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}

describe.for(wires)('over the wire of $name', (wire) => {
  const repeated: readonly (readonly [string, string])[] = [
    ['whole', `key ${key} is wrong`],
    ['far behind', `${'x'.repeat(300)} ${key} ${'x'.repeat(300)}`],
    ['cut by what is read', `${'x'.repeat(65_500)} ${key}`],
    ['cut in the middle', `no such key: ${key.slice(0, 30)}`],
    ['base64', `Basic ${Buffer.from(`u:${key}`).toString('base64')}`],
    ['URL-encoded', `/v1?key=${encodeURIComponent(key)}`],
    ['in a page', `<html><title>Denied ${key}</title></html>`],
  ];
  const bodies = repeated.flatMap(([how, text]) => [
    [`${how}, as text`, text] as const,
    [`${how}, as JSON`, JSON.stringify({ error: { type: key, message: text } })] as const,
  ]);

  function expectNoKey({ failure }: CollectedAnswer): void {
    expect(failure).toBeDefined();
    const told = `${failure?.message} ${String(failure?.cause)} ${JSON.stringify(failure?.cause ?? null)}`;
    for (let at = 0; at + 8 <= key.length; at += 1) expect(told).not.toContain(key.slice(at, at + 8));
    expect(told).not.toContain(Buffer.from(`u:${key}`).toString('base64').slice(8, 16));
  }

  test.for(bodies)('a key is not repeated by an error: %s', async ([, body]) => {
    expectNoKey(await ask(wire, (response) => void response.writeHead(400).end(body)));
    expectNoKey(await ask(wire, (response) => void response.writeHead(200).end(body)));
  });

  test('a key is not repeated by an event', async () => {
    const error = JSON.stringify({ type: 'error', error: { type: 'x', message: `bad ${key}` } });
    expectNoKey(
      await ask(wire, (response) => void response.writeHead(200).end(`event: error\ndata: ${error}\n\n`)),
    );
  });

  test('an error without end is cut, and its status told', async () => {
    const started = performance.now();
    const answer = await ask(wire, (response) => {
      response.writeHead(500);
      return flood(response, Buffer.alloc(65_536, 'no '), 500_000_000);
    });
    expect(answer.failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryable: true });
    expect(answer.failure?.message).toContain('answered 500');
    expect(performance.now() - started, 'timing: until the end').toBeLessThan(5_000);
  });

  test('an error that unpacks to gigabytes is cut', async () => {
    const bomb = gzipSync(packed(Buffer.alloc(4_000_000), 75));
    const answer = await ask(wire, (response) => {
      response.writeHead(400, { 'content-encoding': 'gzip, gzip' }).end(bomb);
    });
    expect(answer.failure).toMatchObject({ code: 'PROVIDER_REFUSED' });
  });

  test('an error whose body hangs does not hold the call', async () => {
    const answer = await ask(
      wire,
      (response) => {
        response.writeHead(429, { 'retry-after': '7' });
        response.write('{"error":{"mess');
      },
      { clock: hurriedClock() },
    );
    expect(answer.failure).toMatchObject({ reason: 'rate_limit', retryAfterMs: 7_000 });
  });

  test.for([
    [
      'a line without end',
      Buffer.from(`data: ${'x'.repeat(65_530)}`.replace('data: x', 'xxxxxx')),
      undefined,
    ],
    ['an answer without end', Buffer.from(': nothing\n\n'.repeat(6_000)), 20_000_000],
  ] as const)('%s ends the call with the true reason', async ([, piece, maxAnswerBytes]) => {
    const before = process.memoryUsage().rss;
    const answer = await ask(
      wire,
      async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: ');
        await flood(response, piece, 2_000_000_000);
      },
      maxAnswerBytes === undefined ? {} : { maxAnswerBytes },
    );
    expect(answer.failure).toMatchObject({ code: 'LIMIT_REACHED', retryable: false });
    expect(answer.failure?.message).toMatch(/more than \d+ (?:characters|bytes)/);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('an answer that unpacks to gigabytes ends with the true reason', async () => {
    const bomb = Buffer.concat([gzipSync('data: '), packed(Buffer.alloc(4_000_000, 'x'), 100)]);
    const before = process.memoryUsage().rss;
    const answer = await ask(wire, (response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/event-stream' }).end(bomb);
    });
    expect(answer.failure).toMatchObject({ code: 'LIMIT_REACHED', retryable: false });
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  test('nothing packed is asked for', async () => {
    let asked: string | undefined;
    await ask(wire, (response, request) => {
      asked = request.headers['accept-encoding'];
      response.writeHead(400).end('{}');
    });
    expect(asked).toBe('identity');
  });
});

describe('the event loop goes on', () => {
  const chunk = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

  test.for([
    ['two hundred thousand tiny tokens', 1, chunk('a').repeat(1_000), 200, 1_000],
    ['tokens of three million characters', 3_000_000, chunk('a'.repeat(3_000_000)), 3, 1],
  ] as const)('with %s', async ([, tokenChars, text, times, mostInATurn]) => {
    const piece = Buffer.from(text);
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      void flood(response, piece, piece.length * times - 1).catch(() => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await using provider = wires[2].create({ baseUrl: `http://127.0.0.1:${port}/v1` });
    const signal = new AbortController().signal;
    let inTurn = 0;
    let most = 0;
    let tokens = 0;
    let over = false;
    const turn = (): void => {
      most = Math.max(most, inTurn);
      inTurn = 0;
      if (!over) setImmediate(turn);
    };
    turn();
    const reading = async () => {
      for await (const event of provider.stream(requestFor('hello'), { signal, onWire: () => undefined })) {
        if (event.type !== 'text') continue;
        // Texts that arrived together are one event.
        tokens += event.text.length / tokenChars;
        inTurn += event.text.length / tokenChars;
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'PROVIDER_TRUNCATED' });
    over = true;
    server.closeAllConnections();
    server.close();
    expect(tokens).toBe((text.match(/data: /g)?.length ?? 0) * times);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(mostInATurn);
  });
});

/** So many times the same, as members of one gzip: what it unpacks to is never there as a whole. */
function packed(bytes: Buffer, times: number): Buffer {
  const member = gzipSync(bytes);
  return Buffer.concat(Array.from({ length: times }, () => member));
}

/** Five seconds are five milliseconds. */
function hurriedClock(): NonNullable<RemoteOptions['clock']> {
  return {
    now: () => Date.now(),
    wall: () => Date.now(),
    elapsed: () => performance.now(),
    after(delayMs, task) {
      const timer = setTimeout(task, delayMs / 100);
      return () => clearTimeout(timer);
    },
    turn: (task) => void setImmediate(task),
  };
}
