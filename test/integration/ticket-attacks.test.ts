import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hashOfSecret } from '../../server/identity/sessions/secret-text.ts';
import { connect } from '../support/bare-socket.ts';
import { codeIn, createBrowserPeer, rejected, sameSite, type BrowserPeer } from '../support/browser-peer.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { announced, bearer, codeOf, list, params } from '../support/keyed-peers.ts';
import { rawRequest } from '../support/raw-request.ts';

let app: KeyedApp;
let victim: BrowserPeer;
let token: string;
beforeAll(async () => {
  // A busy machine must not close a rejected socket before its call has come.
  app = await startKeyedApp({ transport: { refusalGraceMs: 2000 } });
  ({ token } = await app.key({ owner: 'victim' }));
});
afterAll(() => app?.[Symbol.asyncDispose]());
beforeEach(async () => {
  victim = createBrowserPeer(app.port);
  await victim.signIn(token);
});

const own = () => `http://127.0.0.1:${app.port}`;

describe('a ticket', () => {
  test('opens one socket of many that race for it', async () => {
    const ticket = await victim.ticket();
    const race = async () => {
      await using socket = await victim.socket({ ticket });
      return await codeOf(socket);
    };
    const codes = await Promise.all(Array.from({ length: 8 }, race));
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
  });

  test('of another session, or without its session, is not valid', async () => {
    const other = createBrowserPeer(app.port);
    await other.signIn(token);
    await using ofOther = await victim.socket({ ticket: await other.ticket() });
    expect(await codeOf(ofOther)).toMatch(rejected);
    await using bare = await victim.socket({ ticket: await victim.ticket(), headers: { cookie: '' } });
    expect(await codeOf(bare)).toMatch(rejected);
  });

  test('is not valid after sign-out, or after another sign-in', async () => {
    const before = { ticket: await victim.ticket(), headers: { cookie: victim.cookie } };
    await victim.signIn(token);
    await using replaced = await victim.socket(before);
    expect(await codeOf(replaced)).toMatch(rejected);
    await using ofFormer = await victim.socket({ ticket: before.ticket });
    expect(await codeOf(ofFormer)).toMatch(rejected);
    const ticket = await victim.ticket();
    await victim.request('/session', { method: 'DELETE' });
    await using signedOut = await victim.socket({ ticket });
    expect(await codeOf(signedOut)).toMatch(rejected);
  });

  test('is no token, no cookie, and nothing for a URL', async () => {
    const ticket = await victim.ticket();
    const session = victim.cookie.split('=')[1] ?? '';
    for (const text of [ticket, session, hashOfSecret(session)]) {
      expect([401, 429]).toContain((await app.fetch(list, text)).status);
      await using byHeader = await connect(app.port, bearer(text));
      expect(await codeOf(byHeader)).toMatch(rejected);
      const cookie = `${victim.cookie.split('=')[0]}=${text === session ? `${text}x` : text}`;
      expect(codeIn(await victim.request(list, { headers: { cookie } }))).toMatch(rejected);
      expect(codeIn(await victim.request('/session', { body: { token: text } }))).toMatch(rejected);
    }
    const given = encodeURIComponent(JSON.stringify({ ticket }));
    for (const path of [`${list}&connectionParams=${given}`, `${list}&ticket=${ticket}`]) {
      expect(codeIn(await victim.request(path))).toMatch(rejected);
    }
    await using inUrl = await connect(app.port, {
      query: `?ticket=${ticket}`,
      client: { headers: { cookie: victim.cookie }, origin: own() },
    });
    expect(await codeOf(inUrl)).toMatch(rejected);
  });

  test('and a token in one request are refused', async () => {
    await using socket = await connect(app.port, {
      ...announced,
      client: { headers: { cookie: victim.cookie }, origin: own() },
    });
    socket.send(params({ token, ticket: await victim.ticket() }));
    expect(await codeOf(socket)).toMatch(rejected);
  });

  test('is for a session only', async () => {
    const headers = { authorization: `Bearer ${token}`, 'x-stagewire-csrf': '1' };
    const answer = await rawRequest(app.port, { method: 'POST', path: '/session/ticket', headers });
    expect(codeIn(answer)).toBe('FORBIDDEN');
    const without = await victim.request('/session/ticket', { method: 'POST', headers: { cookie: '' } });
    expect(codeIn(without)).toMatch(rejected);
  });
});

describe('two credentials in one request', () => {
  test('of one caller are accepted, of two callers refused', async () => {
    const authorization = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });
    expect((await victim.request(list, authorization(token))).status).toBe(200);
    const { token: other } = await app.key({ owner: 'victim' });
    expect(codeIn(await victim.request(list, authorization(other)))).toMatch(rejected);
    // Not on the sign-in: it would be unclear which of the two counts.
    expect(codeIn(await victim.request('/session', { body: { token }, ...authorization(token) }))).toMatch(
      rejected,
    );
    // A cookie whose session has ended is no credential.
    await victim.request('/session', { method: 'DELETE' });
    expect((await victim.request(list, authorization(other))).status).toBe(200);
  });

  // Another page of the same site, with a token of its own, gets the cookie of the console as well.
  test('on a WebSocket, only the token counts', async () => {
    const { token: other } = await app.key({ owner: 'embedding' });
    await using socket = await connect(app.port, {
      ...announced,
      client: { headers: { cookie: victim.cookie }, origin: sameSite.origin },
    });
    socket.send(params({ token: other }));
    expect(await socket.call('query', 'server.info')).toMatchObject({
      result: { data: { you: { owner: 'embedding', session: false } } },
    });
  });
});
