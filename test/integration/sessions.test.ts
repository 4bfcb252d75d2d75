import { errorReason } from '@stagewire/shared/error-reason';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeIn, createBrowserPeer } from '../support/browser-peer.ts';
import { connect } from '../support/bare-socket.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { announced, appliedMs, codeOf, inSeconds, list, params } from '../support/keyed-peers.ts';
import { rawRequest } from '../support/raw-request.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
beforeAll(async () => {
  // A busy machine must not close a rejected socket before its call has come.
  app = await startKeyedApp({ transport: { refusalGraceMs: 1000 } });
});
afterAll(() => app?.[Symbol.asyncDispose]());

describe('a session', () => {
  test('is started with an access key, and authenticates calls over both wires', async () => {
    const { token, id } = await app.key({ owner: 'team' });
    const peer = createBrowserPeer(app.port);
    const answer = await peer.signIn(token);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      actor: { id: `key:${id}`, kind: 'user' },
      owner: 'team',
      session: true,
      expiresAt: expect.any(String) as string,
    });
    const [cookie] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      new RegExp(
        `^stagewire-session-${app.port}=sws_[\\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200$`,
      ),
    );
    expect((await peer.request(list)).status).toBe(200);
    const info = await peer.request('/trpc/server.info');
    expect(JSON.parse(info.body)).toMatchObject({
      result: { data: { you: { owner: 'team', session: true } } },
    });
    await using socket = await peer.socket();
    expect(await codeOf(socket)).toBeUndefined();
    const started = await peer.request('/api/stream/task', { body: { task: 'Build it' } });
    expect(started.status).toBe(200);
  });

  test.each([list, '/trpc/runs.feed?input=%7B%7D', '/api/stream/events/run_0123456789abcdef'])(
    'needs the header against cross-site requests: %s',
    async (path) => {
      const peer = createBrowserPeer(app.port);
      await peer.signIn((await app.key()).token);
      for (const value of ['', '0', 'true']) {
        const answer = await peer.request(path, { headers: { 'x-stagewire-csrf': value } });
        expect(codeIn(answer)).toBe('FORBIDDEN');
      }
    },
  );

  test('needs a ticket for each WebSocket', async () => {
    const peer = createBrowserPeer(app.port);
    await peer.signIn((await app.key()).token);
    const ticket = await peer.ticket();
    await using first = await peer.socket({ ticket });
    expect(await codeOf(first)).toBeUndefined();
    await using second = await peer.socket({ ticket });
    expect(await codeOf(second)).toBe('UNAUTHENTICATED');
    expect((await within(second.closed, 'its end', appliedMs)).code).toBe(4401);
    await using without = await connect(app.port, {
      ...announced,
      client: { headers: { cookie: peer.cookie }, origin: `http://127.0.0.1:${app.port}` },
    });
    without.send(params({}));
    expect(await codeOf(without)).toBe('UNAUTHENTICATED');
  });

  test('ends with sign-out, which closes its sockets and streams within two seconds', async () => {
    const { token } = await app.key({ owner: 'leaving' });
    const runId = await app.startRun(token);
    const [peer, other] = [createBrowserPeer(app.port), createBrowserPeer(app.port)];
    await peer.signIn(token);
    await other.signIn(token);
    await using socket = await peer.socket();
    await using kept = await other.socket();
    expect(await codeOf(socket)).toBeUndefined();
    const input = encodeURIComponent(JSON.stringify({ runId }));
    const streams = [`/trpc/runs.events?input=${input}`, `/api/stream/events/${runId}`].map((path) =>
      peer.request(path).catch((error: unknown) => error),
    );
    await socket.until(socket.subscribe('runs.events', { runId }), 'run.started');

    const answer = await peer.request('/session', { method: 'DELETE' });
    expect(answer.status).toBe(204);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/^stagewire-session-\d+=; .*Max-Age=0$/);
    expect(await within(socket.closed, 'its end', appliedMs)).toEqual({
      code: 4401,
      reason: errorReason(wireErrors.UNAUTHENTICATED.sessionEnded()),
    });
    for (const stream of streams) {
      expect(await within(stream, 'the end of a stream', appliedMs)).toBeInstanceOf(Error);
    }
    expect(codeIn(await peer.request(list))).toBe('UNAUTHENTICATED');
    expect(await codeOf(kept)).toBeUndefined();
    expect((await peer.request('/session', { method: 'DELETE' })).status).toBe(204);
  });

  test('ends when its key is revoked', async () => {
    const { token, id } = await app.key();
    const peer = createBrowserPeer(app.port);
    await peer.signIn(token);
    await using socket = await peer.socket();
    expect(await codeOf(socket)).toBeUndefined();
    await app.revoke(id);
    expect((await within(socket.closed, 'its end', appliedMs)).code).toBe(4401);
    expect(codeIn(await peer.request(list))).toBe('UNAUTHENTICATED');
  });

  test('is not longer than its key', async () => {
    const expiresAt = inSeconds(60);
    const { token } = await app.key({ expiresAt });
    const answer = await createBrowserPeer(app.port).signIn(token);
    expect(JSON.parse(answer.body)).toMatchObject({ expiresAt });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/Max-Age=(?:59|60)$/);
  });

  test('replaces that of the cookie, with another id', async () => {
    const peer = createBrowserPeer(app.port);
    await peer.signIn((await app.key({ owner: 'one' })).token);
    const former = peer.cookie;
    await peer.signIn((await app.key({ owner: 'other' })).token);
    expect(peer.cookie).not.toBe(former);
    expect((await peer.request(list)).status).toBe(200);
    expect(codeIn(await peer.request(list, { headers: { cookie: former } }))).toBe('UNAUTHENTICATED');
  });

  test('survives a restart of the server, and its sign-out does too', async () => {
    const first = await startKeyedApp();
    const [peer, left] = [createBrowserPeer(first.port), createBrowserPeer(first.port)];
    const { token } = await first.key();
    await peer.signIn(token);
    await left.signIn(token);
    await left.request('/session', { method: 'DELETE' });
    await first.stop();
    await using second = await startKeyedApp({
      dataDir: first.dataDir,
      env: { STAGEWIRE_PORT: String(first.port) },
    });
    expect((await peer.request(list)).status).toBe(200);
    expect(codeIn(await left.request(list))).toBe('UNAUTHENTICATED');
    await using socket = await peer.socket();
    expect(await codeOf(socket)).toBeUndefined();
    expect(second.logged.join()).not.toContain('sws_');
  });

  test('of a method that the server does not accept any more has ended', async () => {
    const first = await startKeyedApp();
    const peer = createBrowserPeer(first.port);
    await peer.signIn((await first.key()).token);
    await first.stop();
    await using second = await startKeyedApp({
      dataDir: first.dataDir,
      env: {
        STAGEWIRE_PORT: String(first.port),
        STAGEWIRE_AUTH: 'proxy',
        STAGEWIRE_TRUSTED_PROXIES: '10.9.8.7',
      },
    });
    expect(codeIn(await createBrowserPeer(second.port).request(list))).toBe('UNAUTHENTICATED');
    expect(codeIn(await peer.request(list))).toBe('UNAUTHENTICATED');
  });

  test('ends after the configured time, with its sockets', async () => {
    await using own = await startKeyedApp({ env: { STAGEWIRE_SESSION_MS: '1500' } });
    const peer = createBrowserPeer(own.port);
    const answer = await peer.signIn((await own.key()).token);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/Max-Age=1$/);
    await using socket = await peer.socket();
    expect(await codeOf(socket)).toBeUndefined();
    expect((await within(socket.closed, 'its end', appliedMs)).code).toBe(4401);
    expect(codeIn(await peer.request(list))).toBe('UNAUTHENTICATED');
  });
});

describe('a page whose session has ended', () => {
  test('learns how to sign in, however many requests it has made', async () => {
    await using own = await startKeyedApp();
    const peer = createBrowserPeer(own.port);
    const { id, token } = await own.key();
    await peer.signIn(token);
    await own.revoke(id);
    const codes: (string | undefined)[] = [];
    for (let at = 0; at < 25; at += 1) codes.push(codeIn(await peer.request(list)));
    expect([codes[0], codes.at(-1)]).toEqual(['UNAUTHENTICATED', 'RATE_LIMITED']);
    const info = await peer.request('/trpc/server.info');
    expect(JSON.parse(info.body)).toMatchObject({ result: { data: { auth: ['keys'], you: null } } });
  });
});

describe('POST /session', () => {
  test.each([
    '',
    '{',
    '[]',
    '{}',
    '{"token":1}',
    '{"token":"x","more":1}',
    `{"token":"${'x'.repeat(9000)}"}`,
  ])('rejects a malformed body: %s', async (body) => {
    const headers = { 'x-stagewire-csrf': '1', 'content-type': 'application/json' };
    const answer = await rawRequest(app.port, { method: 'POST', path: '/session', headers, body });
    expect(answer.status).toBe(400);
    expect(codeIn(answer)).toBe('INVALID_INPUT');
  });

  test('rejects a large body, and a failed attempt counts', async () => {
    await using own = await startKeyedApp();
    const peer = createBrowserPeer(own.port);
    const large = await peer.request('/session', { body: { token: 'x'.repeat(20_000) } });
    expect(large.status).toBe(413);
    const statuses: number[] = [];
    for (let at = 0; at < 25; at += 1) statuses.push((await peer.signIn('swk_x')).status);
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    expect((await peer.signIn((await own.key()).token)).status).toBe(200);
  });

  test('is limited for each address, also if it succeeds', async () => {
    await using own = await startKeyedApp();
    const { token } = await own.key();
    const statuses: number[] = [];
    for (let at = 0; at < 115; at += 1) {
      statuses.push((await createBrowserPeer(own.port).signIn(token)).status);
    }
    expect(statuses.slice(0, 100)).toEqual(Array(100).fill(200));
    expect(statuses).toContain(429);
    expect((await own.fetch(list, token)).status).toBe(200);
  });

  test('is not there without authentication', async () => {
    await using own = await startKeyedApp({ env: { STAGEWIRE_AUTH: 'none' } });
    const answer = await createBrowserPeer(own.port).signIn('x');
    expect(answer.status).toBe(404);
    expect(codeIn(answer)).toBe('UNKNOWN_PROCEDURE');
  });
});
