import { describe, expect, test } from 'vitest';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { connect } from '../support/bare-socket.ts';
import { rawBytes, rawRequest } from '../support/raw-request.ts';

// A key `__proto__` was dropped without a word, the id 9007199254740993 was answered as ...992, and TRACE was a 500 with
// a stack in the log.

async function start() {
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0',
    }),
  });
  return { port: Number(new URL(app.url).port), [Symbol.asyncDispose]: () => app.close() };
}

const commandId = '0198a1b2-0000-7000-8000-000000000001';
const command = `"runId":"run_missing-0001","commandId":"${commandId}"`;

/** An input, and the field that its refusal names. */
const inputs: readonly (readonly [string, 'query' | 'mutation', string, string])[] = [
  ['runs.start', 'mutation', '{"task":"t","__proto__":{"a":1}}', '__proto__'],
  ['runs.start', 'mutation', '{"task":"t","labels":{"__proto__":"x"}}', 'labels.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","labels":{"a":"b","__proto__":null}}', 'labels.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","instructions":{"__proto__":"x"}}', 'instructions.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","models":{"__proto__":"rehearsal"}}', 'models.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","settings":{"__proto__":{}}}', 'settings.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","settings":{"coder":{"__proto__":1}}}', 'settings.coder.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","pipeline":{"__proto__":1}}', 'pipeline.__proto__'],
  ['runs.start', 'mutation', '{"task":"t","limits":{"__proto__":1}}', 'limits.__proto__'],
  [
    'runs.start',
    'mutation',
    '{"task":"t","files":[{"path":"a","text":"b","__proto__":1}]}',
    'files.0.__proto__',
  ],
  ['runs.start', 'mutation', '{"task":"t","instructions":{"constructor":"x"}}', 'instructions.constructor'],
  ['runs.start', 'mutation', '{"task":"t","models":{"prototype":"rehearsal"}}', 'models.prototype'],
  ['runs.start', 'mutation', '{"task":"t","settings":{"constructor":{}}}', 'settings.constructor'],
  ['runs.start', 'mutation', '{"task":"t","settings":{"valueOf":{}}}', 'settings.valueOf'],
  ['runs.start', 'mutation', '{"task":"t","limits":{"toString":1}}', 'limits.toString'],
  ['runs.start', 'mutation', '{"task":"t","pipeline":{"roles":["constructor"]}}', 'pipeline.roles'],
  [
    'runs.start',
    'mutation',
    '{"task":"t","limits":{"maxDurationMs":9007199254740993}}',
    'limits.maxDurationMs',
  ],
  [
    'runs.start',
    'mutation',
    '{"task":"t","settings":{"coder":{"maxOutputTokens":1e400}}}',
    'settings.coder.maxOutputTokens',
  ],
  [
    'runs.steer',
    'mutation',
    `{${command},"text":"t","expect":{"stage":1,"__proto__":1}}`,
    'expect.__proto__',
  ],
  ['runs.steer', 'mutation', `{${command},"text":"t","expect":{"stage":9007199254740993}}`, 'expect'],
  ['runs.cancel', 'mutation', `{${command},"target":"run","__proto__":1}`, '__proto__'],
  ['runs.list', 'query', '{"labels":{"__proto__":"x"}}', 'labels.__proto__'],
  ['runs.list', 'query', '{"__proto__":{"limit":1}}', '__proto__'],
  ['runs.list', 'query', '{"constructor":1}', 'constructor'],
  ['runs.list', 'query', '{"limit":9007199254740993}', 'limit'],
  ['runs.get', 'query', '{"runId":"run_missing-0001","__proto__":1}', '__proto__'],
];

test('refused by name, over both wires, alone and in a batch', async () => {
  await using server = await start();
  await using bot = await connect(server.port);
  for (const [index, [path, method, input, field]] of inputs.entries()) {
    const json = { 'content-type': 'application/json' };
    const ask = (query: string, body: string) =>
      method === 'query'
        ? rawRequest(server.port, { path: `/trpc/${path}?${query}input=${encodeURIComponent(body)}` })
        : rawRequest(server.port, { method: 'POST', path: `/trpc/${path}?${query}`, headers: json, body });
    const frame = (id: number) =>
      `{"id":${id},"jsonrpc":"2.0","method":"${method}","params":{"path":"${path}","input":${input}}}`;

    const alone = await ask('', input);
    const [inBatch] = JSON.parse((await ask('batch=1&', `{"0":${input}}`)).body) as unknown[];
    bot.send(frame(index * 2));
    bot.send(`[${frame(index * 2 + 1)}]`);
    for (const answer of [
      JSON.parse(alone.body) as unknown,
      inBatch,
      await bot.next(index * 2),
      await bot.next(index * 2 + 1),
    ]) {
      expect(answer, input).toMatchObject({
        error: {
          data: {
            stagewire: {
              code: 'INVALID_INPUT',
              details: {
                issues: expect.arrayContaining([
                  expect.objectContaining({ field: expect.stringContaining(field) }),
                ]),
              },
            },
          },
        },
      });
    }
    expect(alone.status).toBe(400);
  }
  const { body } = await rawRequest(server.port, { path: '/trpc/runs.list?input=%7B%7D' });
  expect(JSON.parse(body)).toMatchObject({ result: { data: { items: [] } } });
});

test('a subscription too', async () => {
  await using server = await start();
  await using bot = await connect(server.port);
  const input = '{"runId":"run_missing-0001","__proto__":{"a":1}}';
  bot.send(
    `{"id":1,"method":"subscription","params":{"path":"runs.events","input":${input},"lastEventId":"1-1-00000000"}}`,
  );
  expect((await bot.next(1)).error?.data.stagewire.details).toMatchObject({
    issues: [{ field: '__proto__' }],
  });
  const { body } = await rawRequest(server.port, {
    path: `/trpc/runs.events?input=${encodeURIComponent(input)}`,
  });
  expect(body).toContain('__proto__');
});

test('a label may have any other name that objects have, and is found by it', async () => {
  await using server = await start();
  const labels = { constructor: 'a', prototype: 'b', toString: 'c', hasOwnProperty: 'd' };
  await using bot = await connect(server.port);
  const started = await bot.call('mutation', 'runs.start', { task: 't', labels });
  expect(started.error).toBeUndefined();
  for (const [name, value] of Object.entries(labels)) {
    const find = async (wanted: string) =>
      (await bot.call('query', 'runs.list', { labels: { [name]: wanted } })).result?.data;
    expect(await find(value)).toMatchObject({ items: [{ labels }] });
    expect(await find('other')).toMatchObject({ items: [] });
  }
  // What every object has is no label of a run.
  await bot.call('mutation', 'runs.start', { task: 't' });
  for (const name of ['valueOf', 'isPrototypeOf']) {
    const { result } = await bot.call('query', 'runs.list', { labels: { [name]: 'x' } });
    expect(result?.data).toMatchObject({ items: [] });
  }
});

describe('an id that JSON readers round', () => {
  test.for(['9007199254740993', '-9007199254740993', '1e300', '9007199254740993.5', '12345678901234567890'])(
    '%s is refused, alone, in a batch and to stop a subscription',
    async (id) => {
      await using server = await start();
      await using bot = await connect(server.port);
      const call = `{"id":${id},"method":"query","params":{"path":"server.info"}}`;
      for (const message of [call, `[${call}]`, `{"id":${id},"method":"subscription.stop"}`]) {
        bot.send(message);
        const { id: answered, error } = await bot.next(null);
        expect(answered).toBeNull();
        expect(error?.data.stagewire.code).toBe('INVALID_INPUT');
      }
    },
  );

  test('is taken as text, and up to 2^53 as a number', async () => {
    await using server = await start();
    await using bot = await connect(server.port);
    for (const id of ['"9007199254740993"', '9007199254740991', '-1', '0']) {
      bot.send(`{"id":${id},"method":"query","params":{"path":"server.info"}}`);
      const parsed = JSON.parse(id) as number | string;
      expect((await bot.next(parsed)).result).toBeDefined();
    }
  });
});

test('the context of the legacy route reaches the models as it was sent', async () => {
  await using server = await start();
  const context =
    '{"__proto__":{"a":1},"constructor":"c","id":9007199254740993,"deep":[{"n":-12345678901234567890,"__proto__":2}],' +
    '"vast":1e400,"small":0.5,"text":"9007199254740993"}';
  const started = await rawRequest(server.port, {
    method: 'POST',
    path: '/api/stream/task',
    headers: { 'content-type': 'application/json' },
    body: `{"task":"t","context":${context}}`,
  });
  expect(started.status).toBe(200);
  const { stream_id: runId } = JSON.parse(started.body) as { stream_id: string };
  const asked = `/trpc/runs.files?input=${encodeURIComponent(JSON.stringify({ runId }))}`;
  const { body } = await rawRequest(server.port, { path: asked });
  const { result } = JSON.parse(body) as { result: { data: { path: string; text: string }[] } };
  expect(result.data.find(({ path }) => path === 'context.json')?.text).toBe(context);
});

test.for(['[1]', '"text"', '1', 'null'])('a context that is no object is refused: %s', async (context) => {
  await using server = await start();
  const answer = await rawRequest(server.port, {
    method: 'POST',
    path: '/api/stream/task',
    headers: { 'content-type': 'application/json' },
    body: `{"task":"t","context":${context}}`,
  });
  expect(answer.status).toBe(400);
  expect(answer.body).toContain('context');
});

test('a context that is nested without end is refused in a sentence', async () => {
  await using server = await start();
  for (const number of ['1', '9007199254740993']) {
    const answer = await rawRequest(server.port, {
      method: 'POST',
      path: '/api/stream/task',
      headers: { 'content-type': 'application/json' },
      body: `{"task":"t","context":{"a":${'['.repeat(100_000)}${number}${']'.repeat(100_000)}}}`,
    });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatch(/"code":"INVALID_INPUT"/);
  }
});

test.for(['TRACE', 'CONNECT', 'PROPFIND', 'PATCH'])('the method %s is refused', async (method) => {
  await using server = await start();
  const host = `127.0.0.1:${server.port}`;
  for (const path of ['/', '/trpc/server.info', '/api/stream/task', '/nowhere']) {
    const said = await rawBytes(
      server.port,
      `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    expect(said, path).not.toMatch(/^HTTP\/1\.1 (?:2|5)/);
    if (path === '/trpc/server.info' && (method === 'TRACE' || method === 'PATCH'))
      expect(said).toMatch(/^HTTP\/1\.1 405 /);
  }
});

test('two Host headers are refused, whichever comes first', async () => {
  await using server = await start();
  const own = `Host: 127.0.0.1:${server.port}\r\n`;
  const other = 'Host: evil.example\r\n';
  for (const hosts of [own + other, other + own, own + own, own + other.toUpperCase()]) {
    const said = await rawBytes(
      server.port,
      `GET /trpc/server.info HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`,
    );
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
  }
});
