import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isTransient, type RunEvent } from '@stagewire/shared';
import { connect, eventOf, type BareSocket } from '../support/bare-socket.ts';
import { codeIn, createBrowserPeer } from '../support/browser-peer.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { announced, appliedMs, codeOf, list, params } from '../support/keyed-peers.ts';
import { rawBytes, rawRequest } from '../support/raw-request.ts';
import { within } from '../support/until.ts';

/** The test is the proxy, except for the server that trusts another one. */
const proxied = { STAGEWIRE_AUTH: 'keys,proxy', STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1' };
const csrf = { 'x-stagewire-csrf': '1' };
const ada = { 'x-auth-request-user': 'ada', 'x-auth-request-email': 'ada@example.org' };

let app: KeyedApp;
let strict: KeyedApp;
beforeAll(async () => {
  // A busy machine must not close a rejected socket before its call has come.
  const transport = { refusalGraceMs: 1000 };
  app = await startKeyedApp({ env: proxied, transport });
  strict = await startKeyedApp({
    transport,
    env: { ...proxied, STAGEWIRE_TRUSTED_PROXIES: '10.9.8.7,fd00::/8' },
  });
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await strict?.[Symbol.asyncDispose]();
});

async function youOf(server: KeyedApp, headers: Record<string, string>): Promise<unknown> {
  const { body } = await rawRequest(server.port, {
    path: '/trpc/server.info',
    headers: { ...csrf, ...headers },
  });
  const parsed = JSON.parse(body) as { result?: { data: { you: unknown } } };
  return parsed.result?.data.you;
}

describe('the headers of a trusted proxy', () => {
  test('authenticate the caller', async () => {
    expect(await youOf(app, ada)).toEqual({
      actor: { id: 'proxy:ada', kind: 'user', name: 'ada@example.org' },
      owner: 'ada',
      owners: ['ada'],
      permissions: ['runs:read', 'runs:start', 'runs:control', 'runs:delete', 'metrics:read'],
      session: false,
      expiresAt: expect.any(String) as string,
    });
    const utf8 = Buffer.from('Zoë').toString('latin1');
    expect(await youOf(app, { ...ada, 'x-auth-request-preferred-username': utf8 })).toMatchObject({
      actor: { name: 'Zoë' },
    });
    const info = await app.fetch('/trpc/server.info');
    expect(await info.json()).toMatchObject({ result: { data: { auth: ['keys', 'proxy'], you: null } } });
  });

  test('need the header against cross-site requests on every route, also to read', async () => {
    for (const path of [list, '/trpc/runs.feed?input=%7B%7D', '/api/stream/events/run_0123456789abcdef']) {
      expect(codeIn(await rawRequest(app.port, { path, headers: ada }))).toBe('FORBIDDEN');
    }
    const start = { method: 'POST', path: '/api/stream/task', headers: ada, body: '{"task":"x"}' };
    expect(codeIn(await rawRequest(app.port, start))).toBe('FORBIDDEN');
    expect((await rawRequest(app.port, { path: list, headers: { ...ada, ...csrf } })).status).toBe(200);
  });

  test('need a ticket for a WebSocket, and the ticket is for this user', async () => {
    const peer = createBrowserPeer(app.port);
    await using socket = await peer.socket({ headers: ada });
    expect(await codeOf(socket)).toBeUndefined();
    await using without = await connect(app.port, { ...announced, client: { headers: ada } });
    without.send(params({}));
    expect(await codeOf(without)).toBe('UNAUTHENTICATED');
    const ticket = await peer.ticket(ada);
    await using other = await peer.socket({ ticket, headers: { ...ada, 'x-auth-request-user': 'bob' } });
    expect(await codeOf(other)).toBe('UNAUTHENTICATED');
    await using foreign = await peer.socket({
      ticket: await peer.ticket(ada),
      headers: { ...ada, origin: 'http://127.0.0.1:1' },
    });
    expect(await codeOf(foreign)).toBe('FORBIDDEN');
  });

  test('are refused together with another credential', async () => {
    const { token } = await app.key();
    const headers = { ...ada, ...csrf };
    const both = { ...headers, authorization: `Bearer ${token}` };
    expect(codeIn(await rawRequest(app.port, { path: list, headers: both }))).toBe('UNAUTHENTICATED');
    const peer = createBrowserPeer(app.port);
    expect(codeIn(await peer.signIn(token, ada))).toBe('FORBIDDEN');
    expect((await peer.signIn(token)).status).toBe(200);
    expect(codeIn(await peer.request(list, { headers: ada }))).toBe('UNAUTHENTICATED');
    // Sign-out is the way out, and a session that has ended does not matter.
    expect((await peer.request('/session', { method: 'DELETE', headers: ada })).status).toBe(204);
    expect((await peer.request(list, { headers: ada })).status).toBe(200);
    await using socket = await connect(app.port, { ...announced, client: { headers: ada } });
    socket.send(params({ token }));
    expect(await codeOf(socket)).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['twice', 'X-Auth-Request-User: ada\r\nX-Auth-Request-User: root'],
    ['in two letter cases', 'X-Auth-Request-User: ada\r\nx-auth-request-USER: ada'],
    ['joined by a comma', 'X-Auth-Request-User: ada, root'],
    ['with underscores', 'X_Auth_Request_User: root'],
    ['with an underscore, and without', 'X-Auth-Request-User: ada\r\nX-Auth-Request_User: root'],
    [
      'with a doubled list of groups',
      'X-Auth-Request-User: ada\r\nX-Auth-Request-Groups: a\r\nX-Auth-Request-Groups: b',
    ],
    ['of bytes that are not UTF-8', 'X-Auth-Request-User: ad\u00ff'],
    ['with a character that deceives', `X-Auth-Request-User: ${Buffer.from('a\u202ed').toString('latin1')}`],
    ['of many characters', `X-Auth-Request-User: ${'a'.repeat(201)}`],
  ])('are refused if the user is there %s', async (_name, lines) => {
    const request = `GET ${list} HTTP/1.1\r\nHost: 127.0.0.1:${app.port}\r\nX-Stagewire-Csrf: 1\r\nConnection: close\r\n${lines}\r\n\r\n`;
    const answer = await rawBytes(app.port, Buffer.from(request, 'latin1'));
    expect(answer).toMatch(/^HTTP\/1\.1 (?:401|429) /);
    expect(answer).not.toContain('"items"');
  });

  test('name nobody if the user is empty', async () => {
    expect(await youOf(app, { ...ada, 'x-auth-request-user': ' ' })).toBeNull();
    expect(await youOf(app, { 'x-auth-request-email': 'ada@example.org' })).toBeNull();
  });
});

test.each([
  ['groups', 'x-auth-request-groups', 'red, blue,red', { owner: 'red', owners: ['red', 'blue'] }],
  ['another header', 'x-tenant', 'red', { owner: 'red', owners: ['red'] }],
])('the owners can be those of %s', async (_name, header, value, expected) => {
  await using own = await startKeyedApp({
    env: {
      ...proxied,
      STAGEWIRE_PROXY_OWNER_HEADER: header,
      STAGEWIRE_PROXY_PERMISSIONS_HEADER: 'x-permissions',
    },
  });
  const you = await youOf(own, { ...ada, [header]: value, 'x-permissions': 'runs:read, admins,runs:paint' });
  expect(you).toMatchObject({ ...expected, permissions: ['runs:read'] });
  expect(await youOf(own, { ...ada, [header]: value })).toMatchObject({ permissions: [] });
  // Without an owner the user would be an owner, perhaps one of another kind.
  const without = await rawRequest(own.port, { path: list, headers: { ...ada, ...csrf } });
  expect(codeIn(without)).toBe('UNAUTHENTICATED');
});

describe('the same headers from another peer', () => {
  test.each(Object.keys(ada).concat('x-auth-request-groups', 'x_auth_request_user'))(
    'are refused with an error, on every way in, also with a valid key: %s',
    async (header) => {
      const { token } = await strict.key();
      const refused = /^(?:UNAUTHENTICATED|RATE_LIMITED)$/;
      for (const more of [{}, { authorization: `Bearer ${token}` }, { 'x-forwarded-for': '10.9.8.7' }]) {
        const headers = { ...csrf, ...more, [header]: 'ada' };
        for (const path of [
          list,
          '/trpc/runs.feed?input=%7B%7D',
          '/api/stream/events/run_0123456789abcdef',
        ]) {
          expect(codeIn(await rawRequest(strict.port, { path, headers }))).toMatch(refused);
        }
        for (const path of ['/session/ticket', '/session']) {
          const answer = await rawRequest(strict.port, {
            method: 'POST',
            path,
            headers,
            body: JSON.stringify({ token }),
          });
          expect(codeIn(answer)).toMatch(/^(?:UNAUTHENTICATED|RATE_LIMITED|FORBIDDEN)$/);
        }
        await using socket = await connect(strict.port, { ...announced, client: { headers } });
        socket.send(params({}));
        expect(await codeOf(socket)).toMatch(refused);
      }
    },
  );

  test('say which setting admits a proxy', async () => {
    await using own = await startKeyedApp({ env: { ...proxied, STAGEWIRE_TRUSTED_PROXIES: '10.9.8.7' } });
    const { body } = await rawRequest(own.port, { path: list, headers: { ...csrf, ...ada } });
    expect(body).toContain('STAGEWIRE_TRUSTED_PROXIES');
  });
});

describe('failed attempts behind a trusted proxy', () => {
  test('are counted for the client that the proxy names', async () => {
    await using own = await startKeyedApp({ env: proxied });
    const status = async (forwarded: string) => {
      const headers = { authorization: 'Bearer swk_x', 'x-forwarded-for': forwarded };
      return (await rawRequest(own.port, { path: list, headers })).status;
    };
    const statuses: number[] = [];
    for (let at = 0; at < 25; at += 1) statuses.push(await status(`198.51.100.${at}, 203.0.113.9`));
    expect(statuses.at(-1)).toBe(429);
    expect(await status('203.0.113.10')).toBe(401);
    const warned = own.logged.filter((line) => line.includes('too many failed attempts'));
    expect(warned).toEqual([expect.stringContaining('203.0.113.9')]);
  });

  test('are counted for the peer where it is not trusted', async () => {
    await using own = await startKeyedApp({ env: { ...proxied, STAGEWIRE_TRUSTED_PROXIES: '10.9.8.7' } });
    const statuses: number[] = [];
    for (let at = 0; at < 25; at += 1) {
      const headers = { authorization: 'Bearer swk_x', 'x-forwarded-for': `198.51.100.${at}` };
      statuses.push((await rawRequest(own.port, { path: list, headers })).status);
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

describe('/readyz?verbose', () => {
  const path = '/readyz?verbose';
  const shows = async (port: number, headers: Record<string, string> = {}) =>
    (await rawRequest(port, { path, headers })).body.includes('"memory"');

  test('is for this machine, unless it is a proxy', async () => {
    expect(await shows(strict.port)).toBe(true);
    expect(await shows(strict.port, { 'x-forwarded-for': '203.0.113.9' })).toBe(false);
    expect(await shows(app.port)).toBe(false);
  });

  test('is for a caller with metrics:read', async () => {
    const [may, mayNot] = [await app.key(), await app.key({ permissions: ['runs:read'] })];
    expect(await shows(app.port, { authorization: `Bearer ${may.token}` })).toBe(true);
    expect(await shows(app.port, { authorization: `Bearer ${mayNot.token}` })).toBe(false);
    expect(await shows(app.port, { ...csrf, ...ada })).toBe(true);
    expect(await shows(app.port, ada)).toBe(false);
  });
});

test('a subscriber that the proxy has authenticated reconnects with its cursor, and loses no event', async () => {
  await using own = await startKeyedApp({
    env: {
      ...proxied,
      STAGEWIRE_PROXY_SESSION_MS: '1000',
      STAGEWIRE_MODEL: 'rehearsal/tps=20,ttft=0,chars=4000',
    },
  });
  const peer = createBrowserPeer(own.port);
  const headers = { ...ada };
  const started = await peer.request('/trpc/runs.start', { body: { task: 'Build it' }, headers });
  const { runId } = (JSON.parse(started.body) as { result: { data: { runId: string } } }).result.data;
  const seqs: number[] = [];
  let cursor: string | undefined;

  async function read(socket: BareSocket): Promise<void> {
    const id = socket.subscribe('runs.events', {
      runId,
      ...(cursor !== undefined && { lastEventId: cursor }),
    });
    for (;;) {
      const frame = await socket.next(id);
      const event = eventOf(frame) as RunEvent | undefined;
      if (event === undefined || isTransient(event)) continue;
      cursor = (frame.result?.data as { readonly id: string } | undefined)?.id ?? cursor;
      seqs.push(event.firstSeq ?? event.seq, event.seq);
    }
  }

  // Until it has been disconnected some times, in the middle of the run.
  for (let connection = 0; connection < 4; connection += 1) {
    await using socket = await peer.socket({ headers });
    await read(socket).catch(() => undefined);
    expect(await within(socket.closed, 'its end', appliedMs)).toMatchObject({ code: 4401 });
  }
  expect(seqs.length).toBeGreaterThan(20);
  expect(seqs[0]).toBe(1);
  // Nothing is missing, and nothing comes twice.
  for (let at = 2; at < seqs.length; at += 2) expect(seqs[at]).toBe((seqs[at - 1] ?? 0) + 1);
});
