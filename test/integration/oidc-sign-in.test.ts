import type { ServerResponse } from 'node:http';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOidcScene } from '../support/oidc-scene.ts';

let scene: Awaited<ReturnType<typeof startOidcScene>>;
beforeAll(async () => {
  scene = await startOidcScene();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe('signing in at the provider', () => {
  test('creates a session for who has signed in, and returns to the page from before', async () => {
    const browser = scene.newBrowser();
    scene.provider.accounts.set('ada', { name: 'Ada Lovelace' });
    const page = await browser.open(
      await scene.comeBack(browser, { from: '?return=/runs/run_1%3Ftab=files%23top' }),
    );
    expect(page).toMatchObject({
      status: 200,
      text: 'the console',
      url: `${scene.url}/runs/run_1?tab=files#top`,
    });
    // An ID token is valid for an hour here, which is not how long people stay signed in.
    expect(scene.created.at(-1)).toEqual({
      actor: { id: 'jwt:ada', kind: 'user', name: 'Ada Lovelace' },
      owner: 'ada',
      owners: ['ada'],
      permissions: ['runs:read', 'runs:start', 'runs:control', 'runs:delete', 'metrics:read'],
    });
    const names = [...browser.cookies(scene.url).keys()];
    expect(names).toContain('session');
    expect(names.filter((name) => name.includes('sign-in'))).toEqual([]);
  });

  test('asks the provider with state, nonce and PKCE, in a cookie that scripts cannot read', async () => {
    const response = await fetch(`${scene.url}/session/oidc`, { redirect: 'manual' });
    const target = new URL(response.headers.get('location') ?? '');
    expect(response.status).toBe(302);
    expect(Object.fromEntries(target.searchParams)).toMatchObject({
      client_id: 'confidential',
      response_type: 'code',
      redirect_uri: scene.callback,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^stagewire-sign-in-\d+=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    // The verifier leaves this server only with the code.
    expect(target.href).not.toContain(/=[^.]*\.[^.]*\.([^.]*)/.exec(cookie)?.[1]);
  });
});

describe('a callback is rejected, and creates no session:', () => {
  async function expectRejected(attempt: () => Promise<{ readonly status: number; readonly text: string }>) {
    const before = scene.created.length;
    const { status, text } = await attempt();
    expect(scene.created).toHaveLength(before);
    expect(text).toContain('<h1>Not signed in</h1>');
    return { status, text };
  }

  test('a second one with the same code, with or without the cookie', async () => {
    const browser = scene.newBrowser();
    const back = await scene.comeBack(browser);
    const cookies = new Map(browser.cookies(scene.url));
    await browser.open(back);
    expect(await expectRejected(() => browser.open(back))).toMatchObject({ status: 400 });
    for (const [name, value] of cookies) browser.setCookie(scene.url, name, value);
    expect(await expectRejected(() => browser.open(back))).toMatchObject({
      status: 400,
      text: expect.stringContaining('was used before') as string,
    });
  });

  test('one without the cookie, as in another browser', async () => {
    const back = await scene.comeBack();
    expect(await expectRejected(() => scene.newBrowser().open(back))).toMatchObject({ status: 400 });
  });

  test("one with another browser's state and code, which would sign the victim in as the attacker", async () => {
    const back = await scene.comeBack(scene.newBrowser(), { name: 'mallory' });
    const victim = scene.newBrowser();
    await victim.open(`${scene.url}/session/oidc`);
    expect(await expectRejected(() => victim.open(back))).toMatchObject({ status: 400 });
  });

  test("one with another browser's code under its own state: the PKCE verifier differs", async () => {
    const foreign = new URL(await scene.comeBack(scene.newBrowser(), { name: 'mallory' }));
    const victim = scene.newBrowser();
    const own = new URL(await scene.comeBack(victim));
    own.searchParams.set('code', foreign.searchParams.get('code') ?? '');
    expect(await expectRejected(() => victim.open(own.href))).toMatchObject({ status: 400 });
  });

  test.each([
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['another state', (url: URL) => url.searchParams.set('state', 'A'.repeat(43))],
    ['two states', (url: URL) => url.searchParams.append('state', 'x')],
    ['two codes', (url: URL) => url.searchParams.append('code', 'x')],
    ['no code', (url: URL) => url.searchParams.delete('code')],
    ['a code of no one', (url: URL) => url.searchParams.set('code', 'x')],
    ['the issuer of another provider', (url: URL) => url.searchParams.set('iss', 'https://evil.example')],
    ['no issuer, though the provider names it', (url: URL) => url.searchParams.delete('iss')],
  ])('one with %s', async (_name, change) => {
    const browser = scene.newBrowser();
    const url = new URL(await scene.comeBack(browser));
    change(url);
    expect((await expectRejected(() => browser.open(url.href))).status).toBe(400);
  });

  test('one with a nonce that is not the one of this browser', async () => {
    const browser = scene.newBrowser();
    const back = await scene.comeBack(browser);
    for (const [name, value] of browser.cookies(scene.url)) {
      if (!name.includes('sign-in')) continue;
      const [state = '', , verifier = '', path = ''] = value.split('.');
      browser.setCookie(scene.url, name, [state, 'A'.repeat(43), verifier, path].join('.'));
    }
    expect((await expectRejected(() => browser.open(back))).status).toBe(400);
  });

  test.each(['', 'x', 'a.b.c.d', `${'A'.repeat(43)}.${'A'.repeat(43)}.${'A'.repeat(43)}`])(
    'one with the cookie %j',
    async (value) => {
      const browser = scene.newBrowser();
      const back = await scene.comeBack(browser);
      for (const name of browser.cookies(scene.url).keys()) {
        if (name.includes('sign-in')) browser.setCookie(scene.url, name, value);
      }
      expect((await expectRejected(() => browser.open(back))).status).toBe(400);
    },
  );

  test('one with an error of the provider: its words are logged, and not shown', async () => {
    const browser = scene.newBrowser();
    const url = new URL(await scene.comeBack(browser));
    url.searchParams.delete('code');
    url.searchParams.set('error', 'access_denied');
    url.searchParams.set('error_description', '<script>alert(1)</script> Call 555-1234');
    const { status, text } = await expectRejected(() => browser.open(url.href));
    expect(status).toBe(403);
    expect(text).not.toMatch(/script|555|access_denied/);
    expect(scene.logged.at(-1)).toContain('the provider answers access_denied');
  });

  test('as many as there are from one address are limited', async () => {
    await using own = await startOidcScene();
    const statuses: number[] = [];
    let exchanges = 0;
    own.provider.instead.set('/token', (_request, response) => {
      exchanges += 1;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
    });
    for (let at = 0; at < 22; at += 1) {
      const state = 'A'.repeat(43);
      const cookie = `stagewire-sign-in-${new URL(own.url).port}=${state}.${state}.${state}.Lw`;
      const response = await fetch(`${own.callback}?state=${state}&code=x&iss=${own.provider.issuer}`, {
        headers: { cookie },
      });
      statuses.push(response.status);
    }
    expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 400));
    expect(statuses.slice(20)).toEqual([429, 429]);
    // They cost the provider nothing, nor those who sign in from elsewhere.
    expect(exchanges).toBe(20);
  });
});

test('codes are exchanged at a bounded number at the same time', async () => {
  await using own = await startOidcScene();
  const open: ServerResponse[] = [];
  own.provider.instead.set('/token', (_request, response) => void open.push(response));
  const state = 'A'.repeat(43);
  const cookie = `stagewire-sign-in-${new URL(own.url).port}=${state}.${state}.${state}.Lw`;
  const attempt = () =>
    fetch(`${own.callback}?state=${state}&code=x&iss=${own.provider.issuer}`, { headers: { cookie } });
  const waiting = Array.from({ length: 30 }, attempt);
  const busy = await Promise.any(waiting);
  expect(busy.status).toBe(503);
  expect(await busy.text()).toContain('Too many people are signing in');
  // Connections to the provider are fewer still.
  expect(open.length).toBeLessThanOrEqual(20);
  own.provider.instead.clear();
  for (const response of open) response.writeHead(400).end();
  await Promise.all(waiting);
});

test.each([
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'https://evil.example/',
  '/\t/evil.example',
  '/\n/evil.example',
  'javascript:alert(1)',
  'runs/x',
  '/%0d%0aset-cookie:x=1\r\nx: y',
  `/${'x'.repeat(3000)}`,
  '/ä',
  '',
])('return=%j leads to the console itself', async (to) => {
  const browser = scene.newBrowser();
  const back = await scene.comeBack(browser, { from: `?return=${encodeURIComponent(to)}` });
  expect((await browser.open(back)).url).toBe(`${scene.url}/`);
});

test.each([
  ['too many sign-ins of one address', wireErrors.RATE_LIMITED.signIn(1000), 429, 'Too many'],
  [
    'the identity of a proxy as well',
    wireErrors.FORBIDDEN.proxied(),
    403,
    wireErrors.FORBIDDEN.proxied().message,
  ],
  [
    'headers of a proxy that is not trusted',
    wireErrors.UNAUTHENTICATED.untrustedProxy('x-auth-request-user'),
    403,
    'x-auth-request-user',
  ],
])('%s give a page, and are no defect of the server', async (_name, refusal, status, words) => {
  await using own = await startOidcScene({ refusal });
  const browser = own.newBrowser();
  const page = await browser.open(await own.comeBack(browser));
  expect(page.status).toBe(status);
  expect(page.text).toContain('<h1>Not signed in</h1>');
  expect(page.text).toContain(words);
});

describe('the provider', () => {
  test('that is down gives a page, and begins no sign-in', async () => {
    await using own = await startOidcScene();
    const browser = own.newBrowser();
    const back = await own.comeBack(browser);
    await own.provider.stop();
    const { status, text } = await browser.open(back);
    expect(status).toBe(503);
    expect(text).toContain('cannot be reached at the moment');
    await own.provider.start();
  });

  test.each([
    ['a redirect to another host', 302, { location: 'http://192.0.2.1/' }, ''],
    ['a novel', 200, { 'content-type': 'application/json' }, 'x'.repeat(2_000_000)],
    ['an error with markup', 400, { 'content-type': 'application/json' }, '{"error":"<b>bad</b>"}'],
  ])('whose token endpoint answers with %s gives a page', async (_name, code, headers, body) => {
    await using own = await startOidcScene();
    const browser = own.newBrowser();
    const back = await own.comeBack(browser);
    own.provider.instead.set(
      '/token',
      (_request, response) => void response.writeHead(code, headers).end(body),
    );
    const { status, text } = await browser.open(back);
    expect(status).toBe(503);
    expect(text).not.toContain('<b>');
    expect(own.created).toEqual([]);
  });

  test('whose ID token has no owner lets nobody in, and the page says which claim is missing', async () => {
    await using own = await startOidcScene({ settings: { ownerClaim: 'groups' } });
    const browser = own.newBrowser();
    const { status, text } = await browser.open(await own.comeBack(browser));
    expect(status).toBe(403);
    expect(text).toContain('The claim groups of the token cannot be used: it is missing.');
    own.provider.accounts.set('grace', { groups: ['crew', 'navy'], roles: ['runs:read'] });
    const other = own.newBrowser();
    await other.open(await own.comeBack(other, { name: 'grace' }));
    expect(own.created).toMatchObject([{ owner: 'crew', owners: ['crew', 'navy'] }]);
  });
});

test('behind a proxy the public URL names callback, cookie and links', async () => {
  await using own = await startOidcScene({ publicUrl: 'https://stagewire.example/app' });
  const response = await fetch(`${own.url}/session/oidc`, { redirect: 'manual' });
  const target = new URL(response.headers.get('location') ?? '');
  expect(target.searchParams.get('redirect_uri')).toBe('https://stagewire.example/app/session/oidc/callback');
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^__Host-stagewire-sign-in=[\w.-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    ),
  ]);
  expect(await (await fetch(own.callback)).text()).toContain('href="/app/session/oidc"');
});

test('without a public URL only loopback names are sent to the provider', async () => {
  const { rawRequest } = await import('../support/raw-request.ts');
  const answer = await rawRequest(Number(new URL(scene.url).port), {
    path: '/session/oidc',
    headers: { host: 'stagewire.example' },
  });
  expect(answer.status).toBe(500);
  expect(answer.body).toContain('STAGEWIRE_PUBLIC_URL');
});
