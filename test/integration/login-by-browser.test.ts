import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { command, startCommand } from '../support/command-line.ts';
import { emptyFolder } from '../support/command-scene.ts';
import { createCookieBrowser } from '../support/cookie-browser.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { signInAtProvider } from '../support/oidc-login.ts';
import { apiAudience, publicClientId, startOidcServer } from '../support/oidc-server.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

interface Stored {
  readonly servers: Record<
    string,
    {
      token: string;
      expiresAt: string;
      refresh: { token: string; use: string; issuer: string; clientId: string };
    }
  >;
}

/** A server whose users sign in at a provider, and the environment of a user who has not yet. */
async function scene({ ttlSeconds = 3600, audience = publicClientId } = {}) {
  const provider = await startOidcServer({ ttlSeconds });
  const app = await startKeyedApp({
    env: {
      STAGEWIRE_AUTH: 'jwt',
      STAGEWIRE_JWT_ISSUER: provider.issuer,
      STAGEWIRE_JWT_AUDIENCE: audience,
      STAGEWIRE_OIDC_CLIENT_ID: publicClientId,
    },
  });
  const folder = await emptyFolder();
  const config = join(folder.path, 'config');
  const path = join(config, 'stagewire', 'credentials.json');
  return {
    provider,
    app,
    path,
    env: { ...folder.env, XDG_CONFIG_HOME: config, STAGEWIRE_URL: app.url },
    stored: async () =>
      Object.values(
        (JSON.parse(await readFile(path, 'utf8')) as Stored).servers,
      )[0] as Stored['servers'][string],
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Runs `login`, and does in a browser what it asks for. */
async function login(
  { env }: { readonly env: Record<string, string> },
  {
    args = [],
    name = 'ada',
    change = (url: string) => url,
  }: {
    readonly args?: readonly string[];
    readonly name?: string;
    readonly change?: (url: string) => string;
  } = {},
) {
  await using running = startCommand(['login', ...args], { env });
  await running.sees('/auth?', 'stderr');
  const url = /^http\S+\/auth\?\S+$/m.exec(running.stderr)?.[0] ?? '';
  const browser = createCookieBrowser();
  const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
  const page = await browser.open(url, { stopAt: redirect });
  const back = await signInAtProvider(browser, page, { name, until: redirect });
  const shown = await browser.open(change(back.url));
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr, url: new URL(url), shown };
}

let given: Awaited<ReturnType<typeof scene>>;
beforeAll(async () => {
  given = await scene();
});
afterAll(() => given?.[Symbol.asyncDispose]());

describe('login by a browser', () => {
  test('stores a token for its user only, with which the other commands sign in', async () => {
    given.provider.accounts.set('ada', { name: 'Ada Lovelace' });
    const { code, stdout, stderr, url, shown } = await login(given, { args: ['--json'] });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toMatch(/Signed in to http:\S+ as Ada Lovelace, owner ada\.\nThe token is stored in/);
    expect(JSON.parse(stdout)).toMatchObject({
      stored: true,
      you: { actor: { id: 'jwt:ada' }, owner: 'ada' },
    });
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: publicClientId,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/) as string,
      code_challenge_method: 'S256',
    });
    expect(shown).toMatchObject({
      status: 200,
      text: expect.stringContaining('Return to the terminal') as string,
    });
    expect((await stat(given.path)).mode & 0o777).toBe(0o600);
    const { token, refresh, expiresAt } = await given.stored();
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 3_000_000);
    expect(refresh).toMatchObject({
      use: 'id_token',
      issuer: given.provider.issuer,
      clientId: publicClientId,
    });
    expect(stdout + stderr).not.toContain(token.slice(0, 60));
    expect(stdout + stderr).not.toContain(refresh.token);
    expect((await command(['list'], { env: given.env })).stdout).toContain('No runs found.');
    const out = await command(['logout'], { env: given.env });
    expect(out.stderr).toContain(
      'was removed from this machine. You stay signed in at the identity provider.',
    );
    expect(await readFile(given.path, 'utf8')).not.toContain(refresh.token);
  });

  test('takes the access token where the server expects its audience', async () => {
    await using own = await scene({ audience: apiAudience });
    expect(await login(own)).toMatchObject({ code: 0 });
    expect((await own.stored()).refresh.use).toBe('access_token');
    expect((await command(['list'], { env: own.env })).code).toBe(0);
  });

  test('renews a token that expires soon, once for several commands, and rotates the refresh token', async () => {
    await login(given);
    const before = await given.stored();
    const soon = new Date(Date.now() + 30_000).toISOString();
    await writeFile(
      given.path,
      JSON.stringify({ servers: { [given.app.url]: { ...before, expiresAt: soon } } }),
    );
    const tokens = () => given.provider.requests.filter((path) => path === '/token').length;
    const sofar = tokens();
    const listed = await Promise.all([1, 2, 3].map(() => command(['list'], { env: given.env })));
    expect(listed.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(tokens() - sofar).toBe(1);
    const after = await given.stored();
    // Two tokens of one second may be equal.
    expect(Date.parse(after.expiresAt)).toBeGreaterThan(Date.parse(soon));
    expect(after.refresh.token).not.toBe(before.refresh.token);
    expect((await stat(given.path)).mode & 0o777).toBe(0o600);
    expect((await command(['list'], { env: given.env })).code).toBe(0);
  });

  test('waits until another command has renewed the token, or was killed', async () => {
    await login(given);
    const before = await given.stored();
    const past = new Date(Date.now() - 1000).toISOString();
    await writeFile(
      given.path,
      JSON.stringify({ servers: { [given.app.url]: { ...before, expiresAt: past } } }),
    );
    const lock = `${given.path}.lock`;
    await writeFile(lock, '');
    // Stale in two seconds, after the command has found it.
    const lockedAt = new Date(Date.now() - 28_000);
    await utimes(lock, lockedAt, lockedAt);
    expect((await command(['list'], { env: given.env })).code).toBe(0);
    expect((await given.stored()).token).not.toBe(before.token);
  });

  test('says to sign in again when the refresh token is not valid any more', async () => {
    await login(given);
    const before = await given.stored();
    const refresh = { ...before.refresh, token: 'gone' };
    const past = new Date(Date.now() - 1000).toISOString();
    const file = { servers: { [given.app.url]: { ...before, expiresAt: past, refresh } } };
    await writeFile(given.path, JSON.stringify(file));
    const { code, stderr } = await command(['list'], { env: given.env });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Your sign-in to http:\S+ has expired\. .*\(it answers invalid_grant\)\. Sign in again with ".* login/,
    );
    await writeFile(given.path, JSON.stringify({ servers: {} }));
  });

  test.each([
    [
      'another code',
      (url: string) => url.replace(/code=[^&]+/, 'code=x'),
      /did not sign you in \(it answers invalid_grant\)/,
    ],
    [
      'another issuer',
      (url: string) => url.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'),
      /did not sign you in/,
    ],
    [
      'an error',
      (url: string) => url.replace(/code=[^&]+/, 'error=access_denied'),
      /\(it answers access_denied\)/,
    ],
  ])('with %s stores nothing', async (_name, change, sentence) => {
    const { code, stderr } = await login(given, { change });
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).toContain('Nothing was stored.');
    expect(await readFile(given.path, 'utf8').catch(() => '')).not.toContain('id_token');
  });

  test('is not disturbed by requests of others to its port', async () => {
    const statuses: number[] = [];
    const attempts: Promise<unknown>[] = [];
    const { code } = await login(given, {
      change: (url) => {
        for (const path of ['/', '/callback', '/callback?state=x&code=y', '/favicon.ico']) {
          attempts.push(
            fetch(new URL(path, url)).then(
              ({ status }) => statuses.push(status),
              () => undefined,
            ),
          );
        }
        return url;
      },
    });
    await Promise.all(attempts);
    expect(code).toBe(0);
    expect(statuses).not.toContain(200);
  });

  test('that the server does not accept says why', async () => {
    await using own = await scene();
    await using strict = await startKeyedApp({
      env: {
        STAGEWIRE_AUTH: 'jwt',
        STAGEWIRE_JWT_ISSUER: own.provider.issuer,
        STAGEWIRE_JWT_AUDIENCE: publicClientId,
        STAGEWIRE_JWT_OWNER_CLAIM: 'department',
        STAGEWIRE_OIDC_CLIENT_ID: publicClientId,
      },
    });
    const { code, stderr } = await login({ env: { ...own.env, STAGEWIRE_URL: strict.url } });
    expect(code).toBe(1);
    expect(stderr).toContain('does not accept your token.');
    expect(stderr).toContain('Nothing was stored.');
  });

  test('is left out for a key on standard input', async () => {
    await using app: KeyedApp = await startKeyedApp({
      env: {
        STAGEWIRE_AUTH: 'keys,jwt',
        STAGEWIRE_JWT_ISSUER: given.provider.issuer,
        STAGEWIRE_JWT_AUDIENCE: publicClientId,
        STAGEWIRE_OIDC_CLIENT_ID: publicClientId,
      },
    });
    const { token } = await app.key({ name: 'grace' });
    const env = { ...given.env, STAGEWIRE_URL: app.url };
    expect((await command(['login'], { env, input: token })).stderr).toContain('as grace, owner grace.');
    const jwt = await given.provider.token({ aud: publicClientId });
    expect((await command(['login', '--key'], { env, input: jwt })).stderr).toContain(
      'as jwt:ada, owner ada.',
    );
    const none = await command(['login', '--key'], { env, input: '' });
    expect(none.stderr).toContain('No key was given');
  });

  test('needs a provider that answers', async () => {
    await using own = await scene();
    await own.provider.stop();
    const { code, stderr } = await command(['login'], { env: own.env });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The identity provider http:\S+ cannot be used \(127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\)\./m,
    );
  });
});
