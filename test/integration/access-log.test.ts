import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { createBrowserPeer } from '../support/browser-peer.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { shareRun } from '../support/share-run.ts';
import { until } from '../support/until.ts';

type Line = Readonly<Record<string, unknown>>;

const linesOf = (app: KeyedApp) =>
  app.logged.map((text) => JSON.parse(text) as Line).filter(({ access }) => access === true);
const upgradeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('each request and each call is a line with its ids, and no line has a text or a secret', async () => {
  await using app = await startKeyedApp({ env: { STAGEWIRE_ACCESS_LOG: 'all' } });
  const ada = await app.key({ name: 'ada' });
  const owner = { owner: 'ada', actor: `key:${ada.id}`, address: '127.0.0.1' };
  const runId = `run_${randomUUID()}`;
  const answer = await app.fetch('/trpc/runs.start', ada.token, { runId, task: 'marked task' });
  expect(answer.status).toBe(200);
  const requestId = answer.headers.get('x-request-id');
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);

  {
    await using bot = await connect(app.port, { client: { headers: bearer(ada.token) } });
    const subscription = bot.subscribe('runs.events', { runId });
    await bot.next(subscription);
    await bot.call('query', 'runs.get', { runId });
    await bot.call('mutation', 'runs.steer', {
      runId,
      commandId: randomUUID(),
      text: 'marked steer',
      expect: 'any',
    });
    await bot.call('query', 'runs.get', { runId: 'run_of-nobody-0001' });
    await bot.call('query', 'marked.procedure', { marked: 'marked input' });
  }
  const browser = createBrowserPeer(app.port);
  await browser.signIn(ada.token);
  const ticket = await browser.ticket();
  await using socket = await browser.socket({ ticket });
  await socket.call('query', 'server.info');
  const link = await shareRun(app, ada.token, { runId, may: 'read' });
  await createBrowserPeer(app.port).signIn(link.token);
  await app.fetch(`/marked/${ada.token}?token=${ada.token}`);
  await app.fetch(`/trpc/marked,runs.get?batch=1&input=%7B%22marked%22:1%7D`, ada.token);
  await app.fetch('/trpc/keys.list', `swk_${'1'.repeat(16)}_${'2'.repeat(64)}`);
  await app.fetch('/api/stream/task', ada.token, { task: 'marked legacy task' });

  await until(() => linesOf(app).some(({ type }) => type === 'subscription'), 'the end of the subscription');
  const lines = linesOf(app);
  expect(lines).toContainEqual(
    expect.objectContaining({
      requestId,
      wire: 'http',
      method: 'POST',
      route: '/trpc/*',
      procedures: ['runs.start'],
      status: 200,
      durationMs: expect.any(Number) as number,
      runId,
      ...owner,
    }),
  );
  const calls = lines.filter(({ wire }) => wire === 'websocket');
  const of = (procedure: string) => calls.filter(({ procedures }) => String(procedures) === procedure);
  expect(of('runs.events')).toMatchObject([{ type: 'subscription', code: 'OK', runId, ...owner }]);
  expect(of('runs.get')).toMatchObject([
    { type: 'query', code: 'OK', runId, ...owner },
    { type: 'query', code: 'RUN_NOT_FOUND', ...owner },
  ]);
  expect(of('runs.steer')).toMatchObject([{ code: 'OK', ...owner }]);
  expect(of('unknown')).toMatchObject([{ code: 'UNKNOWN_PROCEDURE', ...owner }]);
  expect(new Set(calls.map((line) => line['requestId'])).size).toBe(calls.length);
  const http = (route: string) => lines.filter((line) => line['route'] === route);
  expect(http('/session')).toMatchObject([
    { status: 200, ...owner },
    { status: 200, owner: 'ada', actor: expect.stringMatching(/^share:/) as string },
  ]);
  expect(http('unknown')).toMatchObject([{ status: 404 }]);
  expect(http('/trpc/*')).toContainEqual(expect.objectContaining({ procedures: ['unknown', 'runs.get'] }));
  expect(http('/trpc/*')).toContainEqual(expect.objectContaining({ procedures: ['keys.list'], status: 401 }));
  expect(http('/api/stream/task')).toMatchObject([owner]);

  const all = app.logged.join('\n');
  const secrets = ['marked', ada.token, link.token, ticket, browser.cookie, '2'.repeat(64)];
  for (const secret of secrets) expect(all).not.toContain(secret);
});

test('a request id is kept only if a trusted proxy sends it, in the form of one', async () => {
  const env = { STAGEWIRE_ACCESS_LOG: 'all' };
  await using direct = await startKeyedApp({ env });
  await using behind = await startKeyedApp({ env: { ...env, STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1' } });
  const idOf = async (app: KeyedApp, id: string) => {
    const response = await fetch(`${app.url}/trpc/keys.list`, { headers: { 'x-request-id': id } });
    expect(response.status).toBe(401);
    return response.headers.get('x-request-id');
  };
  const id = 'req-0123456789abcdef';
  expect(await idOf(behind, id)).toBe(id);
  expect(linesOf(behind)).toMatchObject([{ requestId: id, status: 401 }]);
  expect(await idOf(direct, id)).toMatch(/^[0-9a-f-]{36}$/);
  for (const odd of ['short', 'with spaces in it', '"quoted-quoted"', 'x'.repeat(65)]) {
    expect(await idOf(behind, odd)).toMatch(/^[0-9a-f-]{36}$/);
  }
});

test('the answers to an upgrade have the id of its line, and of the lines of its calls', async () => {
  await using app = await startKeyedApp({ env: { STAGEWIRE_ACCESS_LOG: 'all' } });
  const ada = await app.key();
  const idIn = (answer: { readonly headers: IncomingHttpHeaders }) => String(answer.headers['x-request-id']);
  const lineOf = (id: string) => linesOf(app).filter(({ requestId }) => requestId === id);

  let opened = '';
  await using bot = await connect(app.port, {
    client: {
      headers: bearer(ada.token),
      finishRequest: (request) => {
        request.once('upgrade', (answer) => (opened = idIn(answer)));
        request.end();
      },
    },
  });
  await bot.call('query', 'server.info');
  expect(lineOf(opened)).toMatchObject([{ wire: 'http', method: 'GET', route: '/trpc', status: 101 }]);
  expect(lineOf(`${opened}/1`)).toMatchObject([{ wire: 'websocket', procedures: ['server.info'] }]);

  const refused = async (path: string, headers: Readonly<Record<string, string>>, method = 'GET') => {
    const asked = request({ port: app.port, path, method, headers: { ...upgradeHeaders, ...headers } });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const text = await textOf(answer);
    return { status: answer.statusCode, id: idIn(answer), headers: answer.headers, text };
  };
  for (const [path, headers, status, route] of [
    ['/elsewhere', {}, 404, 'unknown'],
    ['/trpc', { origin: 'https://evil.example.org' }, 403, '/trpc'],
    ['/trpc', { 'sec-websocket-version': '7' }, 400, '/trpc'],
    ['/trpc', { 'sec-websocket-key': 'short' }, 400, '/trpc'],
  ] as const) {
    const answer = await refused(path, headers);
    expect(answer).toMatchObject({ status, id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
    expect(answer.text).not.toBe('');
    expect(lineOf(answer.id)).toMatchObject([{ wire: 'http', method: 'GET', route, status }]);
  }
  expect((await refused('/trpc', {}, 'POST')).status).toBe(405);
  const versions = (await refused('/trpc', { 'sec-websocket-version': '7' })).headers[
    'sec-websocket-version'
  ];
  expect(versions).toBe('13, 8');
});

test('only failures are lines with `errors`, and none is by default', async () => {
  await using errors = await startKeyedApp({ env: { STAGEWIRE_ACCESS_LOG: 'errors' } });
  await using off = await startKeyedApp();
  for (const app of [errors, off]) {
    const { token } = await app.key();
    expect((await app.fetch('/trpc/server.info', token)).status).toBe(200);
    expect((await app.fetch('/trpc/keys.list')).status).toBe(401);
    await using bot = await connect(app.port, { client: { headers: bearer(token) } });
    await bot.call('query', 'server.info');
    await bot.call('query', 'runs.get', { runId: 'run_of-nobody-0001' });
  }
  await until(() => linesOf(errors).length === 2, 'both failures');
  expect(linesOf(errors)).toMatchObject([
    { wire: 'http', status: 401 },
    { wire: 'websocket', code: 'RUN_NOT_FOUND' },
  ]);
  expect(linesOf(off)).toEqual([]);
});
