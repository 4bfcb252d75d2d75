import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract, type ProcedurePath } from '@stagewire/shared/contract';
import { canary, startAttemptScene, type AttemptScene } from '../support/attempt-scene.ts';
import { connect } from '../support/bare-socket.ts';
import { codeIn, createBrowserPeer, type BrowserPeer } from '../support/browser-peer.ts';
import { announced, params } from '../support/keyed-peers.ts';
import { startKeyedApp } from '../support/keyed-app.ts';
import { apiAudience, startOidcServer } from '../support/oidc-server.ts';
import { shareRun } from '../support/share-run.ts';

let scene: AttemptScene;
let ada: BrowserPeer;
let mallory: BrowserPeer;
let guest: BrowserPeer;
let before: unknown;
beforeAll(async () => {
  scene = await startAttemptScene();
  [ada, mallory, guest] = [scene.ada, scene.mallory, scene.link].map(() =>
    createBrowserPeer(scene.app.port),
  ) as [BrowserPeer, BrowserPeer, BrowserPeer];
  await ada.signIn(scene.ada);
  await mallory.signIn(scene.mallory);
  await guest.signIn(scene.link);
  before = await scene.stateOfLive();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const listPath = '/trpc/runs.list?input=%7B%7D';
const getPath = (runId: string) => `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`;
/** Another client each time, since failed attempts of one address are limited. */
let clients = 0;
const from = () => ({ 'x-forwarded-for': `10.9.${(clients += 1) >> 8}.${clients & 255}` });
const valueOf = (cookie: string) => cookie.slice(cookie.indexOf('=') + 1);
const nameOf = (cookie: string) => cookie.slice(0, cookie.indexOf('='));

describe('a session of mallory', () => {
  test('finds no run of ada, on any way', async () => {
    const paths = [
      ...(['runs.get', 'runs.files', 'runs.events'] as const).map((path) =>
        getPath(scene.live).replace('runs.get', path),
      ),
      `/api/stream/events/${scene.live}`,
    ];
    for (const path of paths) {
      const { body } = await mallory.request(path);
      expect(body).toContain('RUN_NOT_FOUND');
      expect(body).not.toContain(canary);
    }
    const cancel = { runId: scene.live, commandId: randomUUID(), target: 'run' };
    expect(codeIn(await mallory.request('/trpc/runs.cancel', { body: cancel }))).toBe('RUN_NOT_FOUND');
    await using socket = await mallory.socket();
    const answer = await socket.call('query', 'runs.get', { runId: scene.live });
    expect(answer.error?.data.stagewire.code).toBe('RUN_NOT_FOUND');
  });

  test.each<readonly [string, (cookie: string) => string]>([
    ['with the cookie of ada after it', (cookie) => `${cookie}; ${ada.cookie}`],
    ['with the cookie of ada before it', (cookie) => `${ada.cookie}; ${cookie}`],
    ['with a second value in it', (cookie) => `${cookie}=${valueOf(ada.cookie)}`],
    ['in quotes', (cookie) => `${nameOf(cookie)}="${valueOf(cookie)}"`],
    ['escaped', (cookie) => cookie.replace('sws_', '%73ws_')],
    ['with a comma instead of a semicolon', (cookie) => `a=b, ${cookie}`],
    ['with a name in capitals', (cookie) => `${nameOf(cookie).toUpperCase()}=${valueOf(cookie)}`],
    ['with the prefix of https', (cookie) => `__Host-${cookie}`],
    ['with a space in the name', (cookie) => cookie.replace('=', ' =')],
    ['shorter by a letter', (cookie) => cookie.slice(0, -1)],
    ['with the hash of the session', (cookie) => `${nameOf(cookie)}=session:${valueOf(cookie)}`],
    ['with the key', (cookie) => `${nameOf(cookie)}=${scene.mallory}`],
    ['with the token of a link', (cookie) => `${nameOf(cookie)}=${scene.link}`],
    ['with the name of another port', (cookie) => `${nameOf(cookie)}1=${valueOf(cookie)}`],
  ])('is not valid %s', async (_name, change) => {
    const cookie = change(mallory.cookie);
    const answer = await mallory.request(listPath, { headers: { cookie, ...from() } });
    expect(answer.status).toBe(401);
    const own = await mallory.request(listPath);
    expect(own.status).toBe(200);
  });

  test('and the user of a proxy, another token, or another link are rejected', async () => {
    const proxied = { 'x-auth-request-user': 'ada', 'x-auth-request-groups': 'ada' };
    for (const headers of [
      proxied,
      { authorization: `Bearer ${scene.ada}` },
      { authorization: `Bearer ${scene.link}` },
      { authorization: `Bearer ${await scene.jwt({ sub: 'mallory' })}` },
    ] as Record<string, string>[]) {
      const answer = await mallory.request(getPath(scene.live), { headers: { ...headers, ...from() } });
      expect(codeIn(answer)).toBe('UNAUTHENTICATED');
      expect(answer.body).not.toContain(canary);
    }
  });

  test.each<readonly [string, () => Record<string, string>]>([
    ['the cookie as a token', () => ({ authorization: `Bearer ${valueOf(mallory.cookie)}` })],
    [
      'the cookie as a user',
      () => ({ authorization: `Basic ${Buffer.from(mallory.cookie).toString('base64')}` }),
    ],
    ['the header twice', () => ({ cookie: mallory.cookie, 'x-stagewire-csrf': '1, 1' })],
    ['the header with another value', () => ({ cookie: mallory.cookie, 'x-stagewire-csrf': 'true' })],
    ['a page of the same site', () => ({ cookie: mallory.cookie, 'sec-fetch-site': 'same-site' })],
    ['a page of another port', () => ({ cookie: mallory.cookie, origin: 'http://127.0.0.1:1' })],
    [
      'an upgrade that is none',
      () => ({
        cookie: mallory.cookie,
        'x-stagewire-csrf': '',
        upgrade: 'websocket',
        connection: 'x-upgrade',
      }),
    ],
  ])('does nothing with %s', async (_name, headers) => {
    const peer = createBrowserPeer(scene.app.port);
    for (const path of [listPath, '/trpc/runs.start']) {
      const body = path === listPath ? {} : { body: { task: 'forged' } };
      const answer = await peer.request(path, { headers: { ...headers(), ...from() }, ...body });
      expect(answer.status).toBeOneOf([401, 403]);
    }
  });

  test.each<readonly [string, unknown]>([
    ['a list', ['x']],
    ['two fields', { token: 'x', owner: 'ada' }],
    ['an object as token', { token: { toString: 'x' } }],
    ['a prototype', JSON.parse('{"__proto__":{"token":"x"}}')],
    ['a long token', { token: 'x'.repeat(9000) }],
    ['a token in a list', { token: ['swk_'] }],
  ])('is not created by %s', async (_name, body) => {
    const peer = createBrowserPeer(scene.app.port);
    const answer = await peer.request('/session', { body, headers: from() });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(codeIn(answer)).toBe('INVALID_INPUT');
  });
});

describe('a ticket', () => {
  const codeWith = async (ticket: string, peer: BrowserPeer, headers: Record<string, string> = {}) => {
    await using socket = await peer.socket({ ticket, headers: { ...from(), ...headers } });
    return (await socket.call('query', 'runs.list', {})).error?.data.stagewire.code;
  };

  test('of mallory opens no socket of ada, and one of a link none of its owner', async () => {
    expect(await codeWith(await mallory.ticket(), ada)).toBe('UNAUTHENTICATED');
    expect(await codeWith(await ada.ticket(), mallory)).toBe('UNAUTHENTICATED');
    expect(await codeWith(await guest.ticket(), ada)).toBe('UNAUTHENTICATED');
    expect(await codeWith(await ada.ticket(), guest)).toBe('UNAUTHENTICATED');
    // Its own one is accepted, for the run of the link only.
    expect(await codeWith(await guest.ticket(), guest)).toBe('FORBIDDEN');
  });

  test('of a user of a proxy is for the same user and owner', async () => {
    const as = (user: string, groups: string) => ({
      'x-auth-request-user': user,
      'x-auth-request-groups': groups,
    });
    const peer = createBrowserPeer(scene.app.port);
    const ticket = () => peer.ticket(as('mallory', 'mallory'));
    expect(await codeWith(await ticket(), peer, as('mallory', 'mallory'))).toBeUndefined();
    for (const other of [as('ada', 'mallory'), as('mallory', 'ada'), as('mallory","mallory', 'x')]) {
      expect(await codeWith(await ticket(), peer, other)).toBe('UNAUTHENTICATED');
    }
    expect(await codeWith(await ticket(), mallory)).toBe('UNAUTHENTICATED');
  });

  test('is issued neither by GET nor to another method', async () => {
    for (const method of ['GET', 'PUT', 'HEAD', 'OPTIONS']) {
      expect((await mallory.request('/session/ticket', { method })).status).toBe(404);
    }
    for (const headers of [{ cookie: '' }, { authorization: `Bearer ${scene.ada}` }] as Record<
      string,
      string
    >[]) {
      const answer = await mallory.request('/session/ticket', {
        method: 'POST',
        headers: { ...headers, ...from() },
      });
      expect(answer.status).toBeOneOf([401, 403]);
    }
  });

  test.each<readonly [string, (ticket: string) => object]>([
    ['in a list', (ticket) => ({ ticket: [ticket] })],
    ['as a token', (ticket) => ({ token: ticket })],
    ['with white space', (ticket) => ({ ticket: `${ticket} ` })],
    ['in capitals', (ticket) => ({ ticket: ticket.toUpperCase() })],
    ['and empty token', (ticket) => ({ ticket, token: '' })],
    ['that is empty', () => ({ ticket: '' })],
    ['that is the cookie', () => ({ ticket: valueOf(mallory.cookie) })],
  ])('is not valid %s', async (_name, data) => {
    await using socket = await connect(scene.app.port, {
      ...announced,
      client: {
        origin: `http://127.0.0.1:${scene.app.port}`,
        headers: { cookie: mallory.cookie, ...from() },
      },
    });
    socket.send(params(data(await mallory.ticket())));
    socket.send({ id: 1, method: 'query', params: { path: 'runs.list', input: {} } });
    expect((await socket.next()).error?.data.stagewire.code).toMatch(/UNAUTHENTICATED|INVALID_INPUT/);
  });
});

describe('a link to one run', () => {
  const inputOf = (path: ProcedurePath, runId: string): object => {
    const command = { runId, commandId: randomUUID(), expect: 'any' };
    const inputs: Partial<Record<ProcedurePath, object>> = {
      'runs.start': { task: 'x', from: { runId } },
      'runs.steer': { ...command, text: 'x' },
      'runs.redirect': { ...command, to: 'documenter' },
      'runs.cancel': { ...command, target: 'stage' },
      'runs.share': { runId, commandId: randomUUID(), may: 'control' },
      'runs.unshare': { runId, commandId: randomUUID(), shareId: '0123456789abcdef' },
      'runs.prompt': { runId, stage: 1, attempt: 1 },
      'runs.list': { owner: 'ada' },
      'runs.feed': { owner: 'ada' },
      'keys.create': { id: '0123456789abcdef', hash: 'a'.repeat(64), name: 'x', permissions: ['admin'] },
      'keys.revoke': { id: '0123456789abcdef' },
      'traces.export': { since: '2026-01-01T00:00:00.000Z' },
      'audit.list': { since: '2026-01-01T00:00:00.000Z' },
    };
    return inputs[path] ?? { runId };
  };
  const closed = (Object.keys(contract) as ProcedurePath[]).filter((path) => contract[path].link === null);

  test.each(closed)('may not call %s, by token, session or batch', async (path) => {
    for (const runId of [scene.live, scene.ended]) {
      const hasInput = path !== 'keys.list' && path !== 'models.list';
      const input = hasInput ? inputOf(path, runId) : undefined;
      expect(await scene.call(path, input, scene.link)).toContain('FORBIDDEN');
      await using socket = await guest.socket();
      const method = contract[path].kind;
      socket.send([{ id: 1, method, params: { path, input } }]);
      expect((await socket.next(1)).error?.data.stagewire.code).toBe('FORBIDDEN');
    }
  });

  test('reaches no other run, whatever is next to it in the batch', async () => {
    const input = encodeURIComponent(JSON.stringify({ 0: { runId: scene.live }, 1: { runId: scene.ended } }));
    const path = `/trpc/runs.get,runs.get?batch=1&input=${input}`;
    const [own = '', other = ''] = (await guest.request(path)).body.split(/(?<=\}\}),(?=\{"error")/);
    expect(own).toContain(canary);
    expect(other).toContain('RUN_NOT_FOUND');
    expect(other).not.toContain(canary);
  });

  test('is not replaced by the commands that its events show', async () => {
    const commandId = randomUUID();
    const link = await shareRun(scene.app, scene.ada, { runId: scene.live, may: 'read', commandId });
    const events = await scene.call('runs.get', { runId: scene.live }, link.token);
    expect(events).toContain(link.shareId);
    const again = { runId: scene.live, may: 'read', commandId };
    expect(await scene.call('runs.share', again, link.token)).toContain('FORBIDDEN');
    // The same command for an own run is another link.
    const own = await shareRun(scene.app, scene.mallory, { runId: scene.own, may: 'read', commandId });
    expect(own.shareId).not.toBe(link.shareId);
    expect(own.token.slice(0, 85)).not.toBe(link.token.slice(0, 85));
    const unshare = { runId: scene.live, shareId: link.shareId, commandId: randomUUID() };
    expect(await scene.call('runs.unshare', unshare, scene.ada)).toMatch(/^200/);
    expect(await scene.call('runs.get', { runId: scene.live }, link.token)).toMatch(/^401/);
  });

  test('shows neither the internals of the server nor another owner', async () => {
    const info = await scene.http({ path: '/trpc/server.info' }, scene.link);
    expect(info).toContain('"owners":["ada"],"permissions":[]');
    for (const path of ['/readyz?verbose', '/readyz?verbose=1']) {
      expect(await scene.http({ path }, scene.link)).not.toContain('memory');
    }
  });

  test('with two owners of one run id stays with the first run', async () => {
    const runId = scene.newId();
    await scene.call('runs.start', { runId, task: canary }, scene.ada);
    const link = await shareRun(scene.app, scene.ada, { runId, may: 'control' });
    await scene.call('runs.cancel', { runId, commandId: randomUUID(), target: 'run' }, link.token);
    expect(await scene.call('runs.delete', { runId }, scene.ada)).toMatch(/^200/);
    expect(await scene.call('runs.start', { runId, task: 'of mallory' })).toContain('RUN_ID_CONFLICT');
    expect(await scene.call('runs.get', { runId }, link.token)).toMatch(/^401/);
  });
});

test('a session from a token of the provider ends when the settings of its tokens change', async () => {
  await using provider = await startOidcServer();
  const env = {
    STAGEWIRE_AUTH: 'keys,jwt',
    STAGEWIRE_JWT_ISSUER: provider.issuer,
    STAGEWIRE_JWT_AUDIENCE: apiAudience,
    STAGEWIRE_LOCAL_OWNER: 'ada',
  };
  const { STAGEWIRE_LOCAL_OWNER: _, ...withoutLocal } = env;
  await using first = await startKeyedApp({ env });
  const peer = createBrowserPeer(first.port);
  await peer.signIn(await provider.token({ sub: 'ada' }));
  const statusAt = async (next: Readonly<Record<string, string>>) => {
    const app = await startKeyedApp({ env: next, dataDir: first.dataDir });
    try {
      const { status } = await createBrowserPeer(app.port, `127.0.0.1:${first.port}`).request(listPath, {
        headers: { cookie: peer.cookie },
      });
      return status;
    } finally {
      await app.stop();
    }
  };
  await first.stop();
  expect(await statusAt(env)).toBe(200);
  expect(await statusAt({ ...env, STAGEWIRE_JWT_AUDIENCE: 'another' })).toBe(401);
  expect(await statusAt({ ...env, STAGEWIRE_JWT_OWNER_CLAIM: 'team' })).toBe(401);
  // It applies to existing sessions.
  expect(await statusAt(withoutLocal)).toBe(200);
  expect(await statusAt({ STAGEWIRE_AUTH: 'keys' })).toBe(401);
  expect(await statusAt(env)).toBe(200);
});

test('nothing of it has changed a run of ada, apart from its links', async () => {
  const { shares: _, ...rest } = before as Record<string, unknown>;
  expect(await scene.stateOfLive()).toMatchObject(rest);
});
