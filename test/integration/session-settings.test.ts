import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { apiAudience, confidential, startOidcServer, type OidcServer } from '../support/oidc-server.ts';

// A session is stored, and the server may start with other settings while its browser still has the cookie.

let provider: OidcServer;
let dataDir: string;
beforeAll(async () => {
  provider = await startOidcServer();
  dataDir = await mkdtemp(join(tmpdir(), 'stagewire-session-settings-'));
});
afterAll(async () => {
  await provider?.[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const settings = () => ({
  STAGEWIRE_AUTH: 'keys,jwt',
  STAGEWIRE_JWT_ISSUER: provider.issuer,
  STAGEWIRE_JWT_AUDIENCE: apiAudience,
  STAGEWIRE_JWT_PERMISSIONS_CLAIM: 'roles',
});

/** Starts a server on the same data, until `use` resolves. */
async function served<Result>(
  env: Readonly<Record<string, string>>,
  use: (app: KeyedApp) => Promise<Result>,
): Promise<Result> {
  const app = await startKeyedApp({ env, dataDir });
  try {
    return await use(app);
  } finally {
    await app.stop();
  }
}

interface You {
  readonly owners: readonly string[];
  readonly permissions: readonly string[];
}

/** Signs in with a token. Returns the value of the cookie, and the caller as the answer names it. */
async function signIn(app: KeyedApp, token: string): Promise<{ readonly value: string; readonly you: You }> {
  const response = await fetch(`${app.url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-stagewire-csrf': '1' },
    body: JSON.stringify({ token }),
  });
  const [cookie = ''] = response.headers.getSetCookie();
  return { value: /=([^;]*)/.exec(cookie)?.[1] ?? '', you: (await response.json()) as You };
}

async function callerOf(app: KeyedApp, value: string): Promise<You | null> {
  const headers = { cookie: `stagewire-session-${app.port}=${value}`, 'x-stagewire-csrf': '1' };
  const response = await fetch(`${app.url}/trpc/server.info`, { headers });
  const { result } = (await response.json()) as {
    readonly result: { readonly data: { readonly you: You | null } };
  };
  return result.data.you;
}

test('a session of a user of the provider ends with the settings of its tokens', async () => {
  const token = await provider.token({ roles: ['runs:read', 'admin'] });
  const { value } = await served(settings(), (app) => signIn(app, token));
  const callerWith = (env: Readonly<Record<string, string>>) => served(env, (app) => callerOf(app, value));

  const { STAGEWIRE_JWT_PERMISSIONS_CLAIM: _, ...allForAll } = settings();
  expect(await callerWith({ STAGEWIRE_AUTH: 'keys' })).toBeNull();
  expect(await callerWith(allForAll)).toBeNull();
  expect(await callerWith({ ...settings(), STAGEWIRE_JWT_OWNER_CLAIM: 'team' })).toBeNull();
  expect(await callerWith({ ...settings(), STAGEWIRE_JWT_AUDIENCE: 'another' })).toBeNull();
  expect(await callerWith({ ...settings(), STAGEWIRE_OIDC_CLIENT_ID: confidential.id })).toBeNull();
  // With the settings of its time it is valid: what has rejected it was not the start of a server.
  expect(await callerWith(settings())).toMatchObject({ permissions: ['runs:read', 'admin'] });
});

test('a session has the runs from before authentication only while STAGEWIRE_LOCAL_OWNER names its owner', async () => {
  const local = { ...settings(), STAGEWIRE_LOCAL_OWNER: 'ada' };
  const token = await provider.token({ sub: 'ada', roles: ['runs:read'] });
  const { value, you } = await served(local, (app) => signIn(app, token));
  expect(you.owners).toEqual(['ada', 'local']);
  const ownersWith = async (env: Readonly<Record<string, string>>) =>
    (await served(env, (app) => callerOf(app, value)))?.owners;
  expect(await ownersWith(local)).toEqual(['ada', 'local']);
  expect(await ownersWith(settings())).toEqual(['ada']);
  expect(await ownersWith({ ...settings(), STAGEWIRE_LOCAL_OWNER: 'bob' })).toEqual(['ada']);
});
