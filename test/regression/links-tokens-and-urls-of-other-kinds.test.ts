import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { allPermissions } from '../../server/identity/principal.ts';
import { connect, StagewireClientError, type ConnectOptions } from '../../client/index.ts';
import { startApiServer } from '../support/api-server.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { startNonsenseServer } from '../support/nonsense-server.ts';
import { startPathProxy } from '../support/path-proxy.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { startThrottledProxy } from '../support/throttled-proxy.ts';

const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

// A reply that takes longer than `replyTimeoutMs` to come was cut off each time, and never had.
test('a long answer over a slow link is had, as long as it keeps coming', async () => {
  await using server = await startApiServer();
  const runId = await server.runs.begin();
  await server.runs.say(runId, 'x'.repeat(100_000));
  await using link = await startThrottledProxy({ targetPort: server.port, downBytesPerSecond: 80_000 });
  await using client = connect({ url: link.url, backoff, replyTimeoutMs: 400, callTimeoutMs: 900 });
  const state = await client.run(runId).snapshot();
  expect(JSON.stringify(state)).toContain('x'.repeat(1000));
});

test('an answer that stops in the middle is asked for again', async () => {
  let n = 0;
  await using server = await startNonsenseServer({
    onCall(_request, response) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"result":');
      if (++n > 1) response.end('{"data":{"version":"1"}}}');
    },
  });
  await using client = connect({ url: server.url, backoff, replyTimeoutMs: 150, callTimeoutMs: 2000 });
  expect(await client.info()).toEqual({ version: '1' });
  expect(n).toBe(2);
});

test('an answer that is reset in the middle is asked for again', async () => {
  let n = 0;
  await using server = await startNonsenseServer({
    onCall(_request, response) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"result":', () => ++n > 1 || response.destroy());
      if (n > 0) response.end('{"data":{"version":"1"}}}');
    },
  });
  await using client = connect({ url: server.url, backoff });
  expect(await client.info()).toEqual({ version: '1' });
});

test('a link that stalls again and again, for less than the patience, is kept', async () => {
  await using server = await startApiServer({ heartbeatMs: 100 });
  const runId = await server.runs.begin();
  await using link = await startTcpProxy({ targetPort: server.port });
  await using client = connect({
    url: `http://127.0.0.1:${link.port}`,
    backoff,
    pingIntervalMs: 50,
    pongTimeoutMs: 700,
  });
  const states: string[] = [];
  client.onConnection(({ status }) => states.push(status));
  const result = client.run(runId).result();
  await expect.poll(() => client.connection.status).toBe('open');
  for (let n = 0; n < 4; n += 1) {
    link.pause();
    // A stall of the link, half as long as the patience.
    await sleep(350);
    await server.runs.say(runId, 'word ');
    link.heal();
    // Long enough for what the link held back.
    await sleep(50);
  }
  await server.runs.finish(runId);
  expect((await result).status).toBe('completed');
  expect(states).not.toContain('lost');
});

test('a feed with text over a slow link brings all of it over one connection', async () => {
  await using server = await startApiServer({ heartbeatMs: 100 });
  await using link = await startThrottledProxy({
    targetPort: server.port,
    downBytesPerSecond: 60_000,
    upBytesPerSecond: 2000,
  });
  await using client = connect({ url: link.url, backoff, pingIntervalMs: 100, pongTimeoutMs: 300 });
  const feed = client.feed({ text: true });
  await feed.next();
  const runId = await server.runs.begin();
  for (let n = 0; n < 10; n += 1) await server.runs.say(runId, 'y'.repeat(5000));
  await server.runs.finish(runId);
  let chars = 0;
  for await (const event of feed) {
    if (event.type === 'stage.delta') chars += event.text.length;
    if (event.type === 'run.completed') break;
  }
  expect(chars).toBe(50_000);
  expect(link.accepted).toBeLessThanOrEqual(2);
});

const asUser = { actor: { id: 'ann', kind: 'user' }, owner: 'local', permissions: allPermissions } as const;

test('a token function that rejects is asked again, by a call and by the socket', async () => {
  await using server = await startApiServer({ identify: () => asUser });
  const runId = await server.runs.begin();
  for (const use of ['call', 'socket'] as const) {
    let asked = 0;
    const token = async () => {
      // A real turn, as a token function that asks over the network.
      await sleep(1);
      if (++asked < 3) throw new Error('offline');
      return 'good';
    };
    await using client = connect({ url: `http://127.0.0.1:${server.port}`, token, backoff });
    if (use === 'call') expect(await client.run(runId).snapshot()).toMatchObject({ runId });
    else expect((await client.run(runId).events().next()).value).toMatchObject({ runId });
    // The socket, too, may ask over HTTP why it does not open: once for each time that it is refused.
    expect([3, 4, 5]).toContain(asked);
  }
});

// A call waited for the token for ever: neither its time nor its signal ended it.
test('a token function that never answers ends a call in its time, or by its signal, or with the client', async () => {
  await using server = await startApiServer({ identify: () => asUser });
  const token = () => new Promise<string>(() => {});
  const client = connect({
    url: `http://127.0.0.1:${server.port}`,
    token,
    backoff,
    callTimeoutMs: 300,
    replyTimeoutMs: 100,
  });
  const run = client.run('run_token-00001');
  await expect(run.cancel()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  const signal = AbortSignal.timeout(30);
  await expect(run.snapshot({ signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  const waiting = failureOf(run.snapshot());
  const reading = failureOf(run.events().next());
  await client.close();
  expect(await waiting).toMatchObject({ code: 'CLOSED' });
  expect(await reading).toMatchObject({ code: 'CLOSED' });
});

// The platform's own error repeats the header, and with it the token.
test.each(['secret\nx', 'secret\r\nx-admin: 1', 'sécret', 'secret\u0000', 'secret →'])(
  'the token %j is refused at once, and not repeated',
  async (token) => {
    await using server = await startApiServer();
    for (const given of [token, async () => token]) {
      await using client = connect({ url: `http://127.0.0.1:${server.port}`, token: given, backoff });
      const failure = await failureOf(client.run('run_token-00001').cancel());
      expect(failure).toBeInstanceOf(StagewireClientError);
      expect(failure).toMatchObject({ code: 'INVALID_TOKEN' });
      expect(JSON.stringify(failure) + String(failure)).not.toMatch(/s[eé]cret/);
      client
        .run('run_token-00001')
        .events()
        .next()
        .catch(() => {});
      await expect.poll(() => client.connection.error).toMatchObject({ code: 'INVALID_TOKEN' });
    }
  },
);

// Broken once: a token that was read from a file with its line break opened one socket after another.
test.each(['ws', 'sse'] as const)(
  'a token that cannot be sent ends a subscription over %s',
  async (transport) => {
    await using server = await startApiServer();
    await using client = connect({
      url: `http://127.0.0.1:${server.port}`,
      token: 'secret\n',
      backoff,
      transport,
    });
    const failure = await failureOf(client.feed().next());
    expect(failure).toMatchObject({ code: 'INVALID_TOKEN', message: expect.stringContaining('trim it') });
    if (transport === 'ws') expect(client.connection).toMatchObject({ status: 'refused', error: failure });
  },
);

test.each([
  undefined,
  null,
  7,
  {},
  'undefined',
  'http://',
  'http:///',
  '//host',
  'host',
  'http://host:99999',
  'http://[::1',
  'http://a b',
  'file:///x',
  'data:,x',
  'http://host?',
  'http://h?a=1',
  'http://ann:secret@host:99999',
  'http://ann:%zz@host',
])('the url %j is refused with a sentence, or read', (url) => {
  try {
    const client = connect({ url: url as string });
    expect(client.connection.status).toBe('idle');
    expect(url).toBe('http://host?');
  } catch (error) {
    expect(error).toMatchObject({ name: 'StagewireClientError', code: 'INVALID_URL' });
    expect(String(error)).not.toMatch(/secret|Cannot read|is not a function/);
  }
});

test.each(['', '/', '/trpc', '/trpc/', '//'])(
  'below a path, with %j behind it, calls and events come through',
  async (end) => {
    await using server = await startApiServer();
    const runId = await server.runs.begin();
    await using proxy = await startPathProxy({ targetPort: server.port, prefix: '/a/b' });
    for (const url of [
      `${proxy.url}${end}`,
      ` ${proxy.url.replace('http', 'WS')}${end}\n`,
      new URL(proxy.url + end),
    ]) {
      await using client = connect({ url: url as string, backoff } satisfies ConnectOptions);
      expect(await client.run(runId).snapshot()).toMatchObject({ runId });
      expect((await client.run(runId).events().next()).value).toMatchObject({ runId });
    }
  },
);

const models = { default: 'rehearsal/ttft=60000' };

// Only the later of two starts was waited for: refused sooner, it let a cancel overtake the first.
test('a cancel waits for each start of its run that is under way', async () => {
  await using server = await startComposedServer();
  const held: typeof fetch = async (input, init) => {
    const isFirst = typeof init?.body === 'string' && init.body.includes('first');
    // The second start is refused long before the first is answered.
    if (isFirst) await sleep(200);
    return await fetch(input, init);
  };
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, fetch: held });
  const runId = `run_${crypto.randomUUID()}`;
  const first = client.start({ runId, task: 'first', models });
  const second = failureOf(client.start({ runId, task: '' }));
  const cancel = client.run(runId).cancel();
  expect(await second).toMatchObject({ code: 'INVALID_INPUT' });
  expect(await (await cancel).outcome).toMatchObject({ status: 'applied' });
  expect((await (await first).snapshot()).status).toBe('cancelled');
});

test('steer and two cancels in the turn of the start come behind it, and each has its outcome', async () => {
  await using server = await startComposedServer();
  await using client = connect({ url: `http://127.0.0.1:${server.port}` });
  const runId = `run_${crypto.randomUUID()}`;
  const starting = client.start({ runId, task: 'A stack', models });
  const run = client.run(runId);
  const given = await Promise.all([run.steer('shorter'), run.cancel(), run.cancel()].map(failureOrValue));
  await starting;
  expect((await run.result().catch((error: unknown) => error)) instanceof StagewireClientError).toBe(false);
  for (const it of given) {
    if (it instanceof Error) expect(it).toMatchObject({ code: 'RUN_ENDED' });
    else expect(await it.outcome).toMatchObject({ status: expect.stringMatching(/applied|dropped/) });
  }
});

function failureOrValue<T>(promise: Promise<T>): Promise<T | Error> {
  return promise.catch((error: unknown) => error as Error);
}
