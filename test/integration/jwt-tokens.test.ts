import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectClient } from '@stagewire/client';
import { isTransient } from '@stagewire/shared';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { command } from '../support/command-line.ts';
import { createCookieBrowser } from '../support/cookie-browser.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { appliedMs, codeOf, list, signedIn } from '../support/keyed-peers.ts';
import { signInAtProvider } from '../support/oidc-login.ts';
import { apiAudience, confidential, startOidcServer, type OidcServer } from '../support/oidc-server.ts';
import { makeSigningKey } from '../support/token-issuer.ts';
import { until, within } from '../support/until.ts';

let provider: OidcServer;
let app: KeyedApp;
beforeAll(async () => {
  provider = await startOidcServer();
  app = await startKeyedApp({ env: envOf(provider) });
});
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await provider?.[Symbol.asyncDispose]();
});

function envOf({ issuer }: OidcServer): Record<string, string> {
  return {
    STAGEWIRE_AUTH: 'keys,jwt',
    STAGEWIRE_JWT_ISSUER: issuer,
    STAGEWIRE_JWT_AUDIENCE: apiAudience,
    STAGEWIRE_JWT_OWNER_CLAIM: 'team',
    STAGEWIRE_JWT_PERMISSIONS_CLAIM: 'roles',
    STAGEWIRE_OIDC_CLIENT_ID: confidential.id,
    STAGEWIRE_OIDC_CLIENT_SECRET: confidential.secret,
  };
}

const all = ['runs:read', 'runs:start', 'runs:control'];
const tokenOf = (claims: Readonly<Record<string, unknown>> = {}) =>
  provider.token({ team: 'red', roles: all, ...claims });
/** Valid for so long: the skew of the clocks is a minute. */
const endingIn = (seconds: number) => ({ exp: Math.floor(Date.now() / 1000) - 60 + seconds });

interface Info {
  readonly result: {
    readonly data: { readonly auth: string[]; readonly oidc?: object; readonly you: object | null };
  };
}

async function infoOf({ fetch }: KeyedApp, token?: string) {
  const response = await fetch('/trpc/server.info', token);
  return { status: response.status, data: ((await response.json()) as Partial<Info>).result?.data };
}

async function errorOf(it: KeyedApp, token: string): Promise<string> {
  const response = await it.fetch(list, token);
  const { error } = (await response.json()) as {
    readonly error?: {
      readonly message: string;
      readonly data: { readonly stagewire: { readonly code: string } };
    };
  };
  return `${response.status} ${error?.data.stagewire.code} ${error?.message}`;
}

describe('a token of the provider', () => {
  test('identifies its holder, on both wires; without one, server.info says how to get one', async () => {
    const token = await tokenOf({ name: 'Ada' });
    const { data } = await infoOf(app, token);
    expect(data?.you).toEqual({
      actor: { id: 'jwt:ada', kind: 'user', name: 'Ada' },
      owner: 'red',
      owners: ['red'],
      permissions: all,
      session: false,
      expiresAt: expect.any(String) as string,
    });
    await using bot = await signedIn(app, token);
    expect(await bot.call('query', 'server.info')).toMatchObject({ result: { data: { you: data?.you } } });
    expect(await infoOf(app)).toMatchObject({
      data: {
        auth: ['keys', 'jwt'],
        oidc: { issuer: provider.issuer, clientId: confidential.id },
        you: null,
      },
    });
  });

  test('of a program is one of a bot', async () => {
    await using own = await startKeyedApp({ env: { ...envOf(provider), STAGEWIRE_JWT_OWNER_CLAIM: '' } });
    const { data } = await infoOf(own, await provider.programToken());
    expect(data?.you).toMatchObject({
      actor: { id: 'jwt:confidential', kind: 'bot' },
      owner: 'confidential',
      permissions: [],
    });
  });

  test('shares the runs of its owners with the keys of these owners, and sees no others', async () => {
    const { token: key } = await app.key({ owner: 'blue' });
    const runId = await app.startRun(key);
    const seen = async (team: unknown) => {
      const path = `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`;
      return (await app.fetch(path, await tokenOf({ team }))).status;
    };
    expect([
      await seen('blue'),
      await seen(['red', 'blue']),
      await seen('red'),
      await seen(['Blue']),
    ]).toEqual([200, 200, 404, 404]);
  });

  test.each([
    ['for another audience', { aud: 'other' }, /^401 UNAUTHENTICATED .*another audience/],
    ['of another issuer', { iss: 'http://127.0.0.1:1' }, /^401 UNAUTHENTICATED .*another issuer/],
    ['that has expired', { exp: 1_000_000_000 }, /^401 UNAUTHENTICATED The token has expired/],
    ['without the owner', { team: undefined }, /^401 UNAUTHENTICATED The claim team of the token .* missing/],
    ['without permissions', { roles: 'none' }, /^403 FORBIDDEN .* permission runs:read/],
  ])('%s is rejected', async (_name, claims, expected) => {
    expect(await errorOf(app, await tokenOf(claims))).toMatch(expected);
  });

  test('of another key with the same kid is rejected like any other text, even if it has expired', async () => {
    const { kid } = provider.key;
    const stranger = await makeSigningKey(kid, 'RS256');
    const { SignJWT } = await import('jose');
    const forged = await new SignJWT({
      iss: provider.issuer,
      aud: apiAudience,
      sub: 'ada',
      team: 'red',
      exp: 1,
    })
      .setProtectedHeader({ alg: 'RS256', kid })
      .sign(stranger.privateKey);
    expect(await errorOf(app, forged)).toBe('401 UNAUTHENTICATED The token is not valid on this server.');
  });

  test('in a URL is rejected even if it is valid, and nothing of a token is logged', async () => {
    const token = await tokenOf();
    const response = await app.fetch(`${list}&token=${token}`, undefined);
    expect(await response.text()).toContain('The URL of the request has a credential');
    await using bot = await connect(app.port, { query: `?token=${encodeURIComponent(token)}` });
    expect(await codeOf(bot)).toBe('UNAUTHENTICATED');
    for (const part of token.split('.').slice(1)) expect(app.logged.join()).not.toContain(part.slice(0, 40));
  });
});

describe('a provider that', () => {
  test('rotates its keys costs no sign-in: neither new tokens nor open connections', async () => {
    await using own = await startOidcServer();
    await using server = await startKeyedApp({ env: envOf(own) });
    const claims = { team: 'red', roles: all };
    await using bot = await signedIn(server, await own.token(claims));
    await own.rotate();
    expect(await errorOf(server, await own.token(claims))).toBe('200 undefined undefined');
    expect(await codeOf(bot)).toBeUndefined();
  });

  test('is down does not keep the server from starting, nor end what was verified', async () => {
    await using own = await startOidcServer();
    await own.stop();
    await using server = await startKeyedApp({ env: envOf(own) });
    const token = await own.token({ team: 'red', roles: all });
    expect(await errorOf(server, token)).toMatch(/^503 OVERLOADED .* cannot verify tokens at the moment/);
    expect(server.logged.join()).toContain('retrying, and its tokens are rejected until then');
    // Keys are not affected.
    expect((await server.fetch(list, (await server.key()).token)).status).toBe(200);
    // A subscriber that comes in between does not give up.
    const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 200 };
    await using early = connectClient({ url: server.url, token, backoff });
    const first = early.feed().next();
    await own.start();
    await until(async () => (await server.fetch(list, token)).status === 200, 'the provider to be reached', {
      intervalMs: 50,
    });
    expect((await within(first, 'the feed')).value).toMatchObject({ type: 'feed.opened' });
    await using bot = await signedIn(server, token);
    await own.stop();
    expect(await codeOf(bot)).toBeUndefined();
    await using other = await signedIn(server, await own.token({ team: 'red', roles: all, sub: 'grace' }));
    expect(await codeOf(other)).toBeUndefined();
  });

  test.each([
    ['answers with megabytes', 'has more than 524288 bytes'],
    ['does not end its answer', 'did not answer within 5000 ms'],
    ['redirects to another host', 'redirects, which is not followed'],
  ])('%s costs a bounded amount', async (name, problem) => {
    await using own = await startOidcServer();
    let sent = 0;
    own.instead.set('/jwks', (_request, response) => {
      if (name.startsWith('redirects'))
        return void response.writeHead(302, { location: 'http://192.0.2.1/' }).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      if (name.startsWith('does')) return void response.write('{"keys":[');
      const piece = 'x'.repeat(65_536);
      const send = () => {
        while (sent < 1e9 && !response.destroyed && response.write(piece)) sent += piece.length;
        response.once('drain', send);
      };
      return send();
    });
    await using server = await startKeyedApp({ env: envOf(own) });
    await until(() => server.logged.join().includes(problem), 'the problem in the log');
    expect(sent).toBeLessThan(20_000_000);
    expect((await server.fetch(list, (await server.key()).token)).status).toBe(200);
  });
});

describe('a connection', () => {
  test('whose token expires is closed with 4401, and so are its event streams', async () => {
    const runId = await app.startRun(await tokenOf());
    const token = await tokenOf(endingIn(2));
    await using bot = await signedIn(app, token);
    const input = encodeURIComponent(JSON.stringify({ runId }));
    const stream = await app.fetch(`/trpc/runs.events?input=${input}`, token);
    expect(await within(bot.closed, 'a close', appliedMs)).toMatchObject({ code: 4401 });
    await expect(within(stream.text(), 'the end of a stream', appliedMs)).rejects.toThrow(/terminated/);
    expect(await errorOf(app, token)).toContain('The token has expired');
  });

  test('is refreshed by a token of the same owner, whichever of its owners comes first', async () => {
    await using bot = await signedIn(app, await tokenOf({ team: ['red', 'blue'], ...endingIn(2) }));
    const subscription = bot.subscribe('runs.feed', {});
    await bot.until(subscription, 'feed.opened');
    const refreshed = await bot.call('mutation', 'session.refresh', {
      token: await tokenOf({ team: ['green', 'red'] }),
    });
    // Runs that it starts still belong to the same owner.
    expect(refreshed).toMatchObject({ result: { data: { owner: 'red', owners: ['green', 'red'] } } });
    // Beyond the expiry of the first token.
    await pause(2500);
    expect(await codeOf(bot)).toBeUndefined();
  });

  test('is not refreshed by a token of other owners, nor by one that is not valid', async () => {
    await using bot = await signedIn(app, await tokenOf({ team: ['red', 'blue'] }));
    const { token: foreignKey } = await app.key({ owner: 'green' });
    for (const [token, code] of [
      [await tokenOf({ team: 'green' }), 'FORBIDDEN'],
      [await tokenOf({ team: ['blue', 'green'] }), 'FORBIDDEN'],
      [foreignKey, 'FORBIDDEN'],
      [await tokenOf({ aud: 'other' }), 'UNAUTHENTICATED'],
    ] as const) {
      const refused = await bot.call('mutation', 'session.refresh', { token });
      expect(refused.error?.data.stagewire.code).toBe(code);
    }
    expect(await bot.call('query', 'server.info')).toMatchObject({
      result: { data: { you: { owners: ['red', 'blue'] } } },
    });
    const { token: ownKey } = await app.key({ owner: 'red' });
    expect(await bot.call('mutation', 'session.refresh', { token: ownKey })).toMatchObject({
      result: { data: { owner: 'red', owners: ['red'] } },
    });
  });

  test('of a client whose token expires resumes with the next token, and with its cursors', async () => {
    const runId = await app.startRun(await tokenOf());
    let asked = 0;
    // Too short to be renewed ahead of time: the server closes the connection.
    const token = async () => ((asked += 1), await tokenOf(asked < 3 ? endingIn(1) : {}));
    await using client = connectClient({
      url: app.url,
      token,
      backoff: { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 },
    });
    const states: string[] = [];
    client.onConnection(({ status }) => states.push(status));
    const seqs: number[] = [];
    for await (const event of client.run(runId).events()) {
      if (!isTransient(event)) seqs.push(event.firstSeq ?? event.seq, event.seq);
      if (states.includes('lost') && states.at(-1) === 'open' && seqs.length > 30) break;
    }
    for (let at = 2; at < seqs.length; at += 2) expect(seqs[at]).toBe((seqs[at - 1] ?? 0) + 1);
    expect(asked).toBeGreaterThan(1);
  });
});

test('signing in at the provider gives the console a session of the server', async () => {
  provider.accounts.set('grace', { name: 'Grace Hopper', team: ['navy', 'crew'], roles: ['runs:read'] });
  const browser = createCookieBrowser();
  const callback = `${app.url}/session/oidc/callback`;
  const page = await browser.open(`${app.url}/session/oidc?return=/runs`);
  const back = await signInAtProvider(browser, page, { name: 'grace', until: callback });
  expect((await browser.open(back.url)).url).toBe(`${app.url}/runs`);
  const cookie = [...browser.cookies(app.url)].map(([name, value]) => `${name}=${value}`).join('; ');
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(`${app.url}/trpc/server.info`, { headers: { cookie, ...headers } });
    return ((await response.json()) as Partial<Info>).result?.data.you;
  };
  expect(await ask({ 'x-stagewire-csrf': '1' })).toMatchObject({
    actor: { id: 'jwt:grace', name: 'Grace Hopper' },
    owners: ['navy', 'crew'],
    permissions: ['runs:read'],
    session: true,
  });
  // As for every session: without the header another site may have caused the request.
  expect(await ask({})).not.toMatchObject({ session: true });
});

test('a token that is exchanged for a session ends it when it expires', async () => {
  const response = await fetch(`${app.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-stagewire-csrf': '1', origin: app.url },
    body: JSON.stringify({ token: await tokenOf(endingIn(30)) }),
  });
  expect(response.status).toBe(200);
  const { expiresAt } = (await response.json()) as { readonly expiresAt: string };
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThan(31_000);
});

test('verify checks that forged tokens are rejected', async () => {
  const env = { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: await tokenOf({ roles: ['admin'] }) };
  const { stdout } = await command(['verify', '--only', 'P55,P40,P30,P32'], { env });
  expect(stdout).toMatch(/ pass P55 [^]*, 0 failed, 0 skipped\./);
}, 60_000);
