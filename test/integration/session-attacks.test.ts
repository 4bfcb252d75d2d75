import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { codeIn, createBrowserPeer, rejected, sameSite, type BrowserPeer } from '../support/browser-peer.ts';
import { keyTraces } from '../support/key-traces.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { announced, appliedMs, codeOf, list, params } from '../support/keyed-peers.ts';
import { rawBytes, rawRequest, upgradeRequest } from '../support/raw-request.ts';
import { within } from '../support/until.ts';

let app: KeyedApp;
let victim: BrowserPeer;
let token: string;
beforeAll(async () => {
  // A busy machine must not close a rejected socket before its call has come.
  app = await startKeyedApp({ transport: { refusalGraceMs: 1000 } });
  ({ token } = await app.key({ owner: 'victim' }));
});
afterAll(() => app?.[Symbol.asyncDispose]());
beforeEach(async () => {
  victim = createBrowserPeer(app.port);
  await victim.signIn(token);
});

const own = () => `http://127.0.0.1:${app.port}`;
const start = { task: 'Started by an attacker' };

async function runsOfVictim(): Promise<number> {
  const { body } = await victim.request(list);
  return (JSON.parse(body) as { result: { data: { items: unknown[] } } }).result.data.items.length;
}

describe('a page of another site, with the cookie of the browser', () => {
  const ways: readonly (readonly [string, Record<string, string>])[] = [
    ['as a simple request', { ...sameSite, 'content-type': 'text/plain', 'x-stagewire-csrf': '' }],
    [
      'as a form',
      { ...sameSite, 'content-type': 'application/x-www-form-urlencoded', 'x-stagewire-csrf': '' },
    ],
    ['with the header, if a preflight permitted it', sameSite],
    ['with the header and without Origin', { 'sec-fetch-site': 'same-site' }],
    ['with an empty value of the header', { 'x-stagewire-csrf': ' ' }],
    ['with another value of the header', { 'x-stagewire-csrf': '1, 1' }],
    ['of another port over https', { origin: 'https://127.0.0.1:9' }],
    ['of another name of this machine', { origin: 'http://localhost:9' }],
  ];
  test.each(ways)('cannot call %s', async (_name, headers) => {
    const before = await runsOfVictim();
    for (const path of ['/trpc/runs.start', '/api/stream/task']) {
      // tRPC rejects what a form can send before it authenticates the caller.
      expect(['FORBIDDEN', 'INVALID_INPUT']).toContain(
        codeIn(await victim.request(path, { body: start, headers })),
      );
    }
    for (const path of [list, '/trpc/runs.feed?input=%7B%7D', '/trpc/server.info']) {
      expect(codeIn(await victim.request(path, { headers }))).toBe('FORBIDDEN');
    }
    expect(codeIn(await victim.request('/session/ticket', { method: 'POST', headers }))).toBe('FORBIDDEN');
    expect(codeIn(await victim.request('/session', { method: 'DELETE', headers }))).toBe('FORBIDDEN');
    // Sign-in as the attacker (login CSRF).
    const { token: evil } = await app.key({ owner: 'attacker' });
    const signedIn = await victim.request('/session', { body: { token: evil }, headers });
    expect(codeIn(signedIn)).toBe('FORBIDDEN');
    expect(signedIn.headers['set-cookie']).toBeUndefined();
    expect(await runsOfVictim()).toBe(before);
  });

  test('is rejected before anything else with a foreign or an opaque origin', async () => {
    for (const origin of ['https://evil.example', 'null']) {
      expect((await victim.request(list, { headers: { origin } })).status).toBe(403);
    }
    expect((await victim.request(list, { headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403);
  });

  test('gets no permission for the header, the method or the cookie by a preflight, also if it is allowed', async () => {
    await using partner = await startKeyedApp({ env: { STAGEWIRE_ORIGINS: 'https://partner.example' } });
    for (const [port, origin] of [
      [app.port, sameSite.origin],
      [partner.port, 'https://partner.example'],
      [app.port, own()],
    ] as const) {
      for (const asked of ['x-stagewire-csrf', 'X-Stagewire-Csrf,content-type', ' X-STAGEWIRE-CSRF ']) {
        const { status, headers } = await rawRequest(port, {
          method: 'OPTIONS',
          path: '/session',
          headers: {
            origin,
            'access-control-request-method': 'DELETE',
            'access-control-request-headers': asked,
          },
        });
        expect(status).toBe(204);
        expect(headers['access-control-allow-headers']).toContain('authorization');
        expect(headers['access-control-allow-headers']).not.toMatch(/csrf|\*/i);
        expect(headers['access-control-allow-methods']).toBe('GET, POST');
        expect(headers['access-control-allow-credentials']).toBeUndefined();
      }
    }
    const peer = createBrowserPeer(partner.port);
    await peer.signIn((await partner.key()).token);
    expect(codeIn(await peer.request(list, { headers: { origin: 'https://partner.example' } }))).toBe(
      'FORBIDDEN',
    );
  });

  test('cannot open a WebSocket with it, also with a ticket', async () => {
    await using hijacked = await connect(app.port, {
      ...announced,
      client: { headers: { cookie: victim.cookie }, origin: sameSite.origin },
    });
    hijacked.send(params({}));
    expect(await codeOf(hijacked)).toBe('UNAUTHENTICATED');
    await using unannounced = await connect(app.port, { client: { headers: { cookie: victim.cookie } } });
    expect(await codeOf(unannounced)).toBe('UNAUTHENTICATED');
    for (const headers of [{ origin: sameSite.origin }, { origin: '' }]) {
      await using socket = await victim.socket({ ticket: await victim.ticket(), headers });
      expect(await codeOf(socket)).toBe('FORBIDDEN');
      expect((await within(socket.closed, 'its end', appliedMs)).code).toBe(4403);
    }
  });

  test('cannot pass a call off as a WebSocket, which needs no header', async () => {
    const before = await runsOfVictim();
    const headers = {
      cookie: victim.cookie,
      'Content-Type': 'application/json',
      'Content-Length': String(JSON.stringify(start).length),
    };
    for (const path of ['/trpc/runs.start', '/api/stream/task', '/session/ticket']) {
      const upgrade = upgradeRequest(app.port, path, headers).replace('GET', 'POST');
      const answer = await rawBytes(app.port, upgrade + JSON.stringify(start));
      expect(answer).toMatch(/^HTTP\/1\.1 (?:404|405|400) /);
    }
    const answer = await rawRequest(app.port, {
      path: list,
      headers: { cookie: victim.cookie, upgrade: 'h2c', connection: 'upgrade' },
    });
    expect(codeIn(answer)).toBe('FORBIDDEN');
    expect(await runsOfVictim()).toBe(before);
  });

  test('cannot use a name that its DNS points to this machine', async () => {
    const host = `rebound.example:${app.port}`;
    const headers = { host, origin: `http://${host}` };
    expect((await victim.request(list, { headers })).status).toBe(403);
    expect((await victim.request('/session', { body: { token }, headers })).status).toBe(403);
    const upgrade = upgradeRequest(app.port, '/trpc', {
      Host: host,
      Origin: `http://${host}`,
      Cookie: victim.cookie,
    });
    expect(await rawBytes(app.port, upgrade)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('a server on another port of the same host, which shares the cookies', () => {
  test('has a cookie of another name', async () => {
    await using other = await startKeyedApp();
    const peer = createBrowserPeer(other.port);
    await peer.signIn((await other.key()).token);
    const [name] = peer.cookie.split('=');
    expect(victim.cookie.startsWith(`${name}=`)).toBe(false);
    const both = { cookie: `${peer.cookie}; ${victim.cookie}` };
    expect((await victim.request(list, { headers: both })).status).toBe(200);
    expect((await peer.request(list, { headers: both })).status).toBe(200);
  });

  test('cannot add a cookie of the same name, with another path or domain', async () => {
    const attacker = createBrowserPeer(app.port);
    await attacker.signIn((await app.key({ owner: 'attacker' })).token);
    for (const cookie of [
      `${victim.cookie}; ${attacker.cookie}`,
      `${attacker.cookie}; ${victim.cookie}`,
      `${victim.cookie}; ${victim.cookie}`,
      `${victim.cookie};${victim.cookie.split('=')[0]}=`,
    ]) {
      expect(codeIn(await victim.request(list, { headers: { cookie } }))).toMatch(rejected);
    }
    // Sign-out is possible, and ends them all.
    const cookie = `${victim.cookie}; ${attacker.cookie}`;
    expect((await victim.request('/session', { method: 'DELETE', headers: { cookie } })).status).toBe(204);
    for (const peer of [victim, attacker]) expect(codeIn(await peer.request(list))).toMatch(rejected);
  });

  test('cannot fix the id of the session before the sign-in', async () => {
    const name = victim.cookie.split('=')[0] ?? '';
    for (const value of ['sws_chosen', victim.cookie.slice(name.length + 1), '']) {
      const peer = createBrowserPeer(app.port);
      peer.cookie = `${name}=${value}`;
      const fixed = peer.cookie;
      expect((await peer.signIn(token)).status).toBe(200);
      expect(peer.cookie).not.toBe(fixed);
      expect((await peer.request(list)).status).toBe(200);
      expect(codeIn(await peer.request(list, { headers: { cookie: fixed } }))).toMatch(rejected);
    }
  });

  test('gives no session that is valid here', async () => {
    await using other = await startKeyedApp();
    const peer = createBrowserPeer(other.port);
    await peer.signIn((await other.key()).token);
    const cookie = `stagewire-session-${app.port}=${peer.cookie.split('=')[1]}`;
    expect(codeIn(await victim.request(list, { headers: { cookie } }))).toMatch(rejected);
  });
});

describe('cookies of odd shapes', () => {
  test.each([
    ['empty', () => ''],
    ['quoted', (value: string) => `"${value}"`],
    ['upper case', (value: string) => value.toUpperCase()],
    ['shorter', (value: string) => value.slice(0, -1)],
    ['longer', (value: string) => `${value}A`],
    [
      'with the last character changed',
      (value: string) => value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A'),
    ],
    ['percent-encoded', (value: string) => value.replace('_', '%5f')],
    ['of SQL', () => "' OR '1'='1"],
    ['of 60,000 characters', () => 'a'.repeat(60_000)],
  ])('%s are rejected', async (_name, change) => {
    const [name, value = ''] = victim.cookie.split('=');
    const answer = await victim.request(list, { headers: { cookie: `${name}=${change(value)}` } });
    expect(codeIn(answer)).toMatch(rejected);
    expect((await victim.request(list)).status).toBe(200);
  });

  test('too large or too many do not stop the server', async () => {
    const [name] = victim.cookie.split('=');
    const cookie = 'x='.padEnd(70_000, 'x');
    expect((await victim.request(list, { headers: { cookie } })).status).toBe(431);
    const many = Array<string>(2000).fill(`${name}=sws_x`).join('; ');
    expect(codeIn(await victim.request(list, { headers: { cookie: many } }))).toMatch(rejected);
    expect((await victim.request('/session', { method: 'DELETE', headers: { cookie: many } })).status).toBe(
      204,
    );
    // Cookies of other programs do not matter.
    const others = Array.from({ length: 1000 }, (_, n) => `c${n}=${n}`).join('; ');
    expect((await victim.request(list, { headers: { cookie: `${others}; ${victim.cookie}` } })).status).toBe(
      200,
    );
  });
});

describe('a server with an https URL', () => {
  test('has a cookie that only this host can set and only TLS carries', async () => {
    await using secure = await startKeyedApp({ env: { STAGEWIRE_PUBLIC_URL: 'https://stage.example.org' } });
    const peer = createBrowserPeer(secure.port, 'stage.example.org');
    const key = await secure.key();
    const page = { origin: 'https://stage.example.org' };
    const answer = await peer.signIn(key.token, page);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-stagewire-session=sws_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/,
      ),
    ]);
    expect((await peer.request(list, { headers: page })).status).toBe(200);
    await using socket = await peer.socket({ headers: page });
    expect(await codeOf(socket)).toBeUndefined();
    // A page that came over http, where anyone on the way could change it.
    const plain = { origin: 'http://stage.example.org' };
    expect([403]).toContain((await peer.request(list, { headers: plain })).status);
    expect((await peer.request('/session', { body: { token: key.token }, headers: plain })).status).toBe(403);
    await using downgraded = await peer.socket({ ticket: await peer.ticket(page), headers: plain });
    expect(await codeOf(downgraded)).toBe('FORBIDDEN');
    // A name that other hosts and http may set.
    for (const name of ['stagewire-session-80', 'stagewire-session', '__host-stagewire-session']) {
      const cookie = `${name}=${peer.cookie.split('=')[1]}`;
      expect(codeIn(await peer.request(list, { headers: { cookie } }))).toBe('UNAUTHENTICATED');
    }
  });
});

test('no cookie and no ticket is in a log line, an event, an error or a file', async () => {
  const secrets: string[] = [];
  const texts: string[] = [];
  for (let time = 0; time < 2; time += 1) {
    const ticket = await victim.ticket();
    secrets.push(victim.cookie.split('=')[1] ?? '', ticket);
    await using socket = await victim.socket({ ticket });
    await socket.call('mutation', 'runs.start', { task: 'Build it' });
    await using again = await victim.socket({ ticket });
    texts.push(JSON.stringify(await again.call('query', 'runs.list', {})));
    texts.push((await victim.request(`${list}&ticket=${ticket}`)).body);
    texts.push((await victim.request('/session', { body: { token: ticket } })).body);
    texts.push((await victim.request('/session', { body: { [ticket]: 1 } })).body);
    texts.push((await victim.request(list)).body);
    await victim.signIn(token);
  }
  expect(secrets).toHaveLength(4);
  const random = secrets.map((secret) => secret.slice(4));
  expect(keyTraces(random, [...app.logged, ...texts].join('\n'))).toEqual([]);
  expect(app.logged.join('\n').toLowerCase()).not.toContain('set-cookie');
  for (const name of await readdir(app.dataDir)) {
    expect(keyTraces(random, await readFile(join(app.dataDir, name), 'latin1'))).toEqual([]);
  }
});
