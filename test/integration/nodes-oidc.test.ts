import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCookieBrowser } from '../support/cookie-browser.ts';
import { startKeyedCluster, type KeyedCluster } from '../support/keyed-cluster.ts';
import { signInAtProvider } from '../support/oidc-login.ts';
import { apiAudience, confidential, startOidcServer, type OidcServer } from '../support/oidc-server.ts';
import { describePostgres } from '../support/postgres-database.ts';

describePostgres((given) => {
  let provider: OidcServer;
  let cluster: KeyedCluster;
  beforeAll(async () => {
    provider = await startOidcServer();
    cluster = await startKeyedCluster(given, {
      schema: given.nextSchema(),
      env: {
        STAGEWIRE_AUTH: 'keys,jwt',
        STAGEWIRE_JWT_ISSUER: provider.issuer,
        STAGEWIRE_JWT_AUDIENCE: apiAudience,
        STAGEWIRE_OIDC_CLIENT_ID: confidential.id,
        STAGEWIRE_OIDC_CLIENT_SECRET: confidential.secret,
      },
    });
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
  });

  describe('a sign-in at an OpenID provider', () => {
    test('that begins at one node ends at the other one, once', async () => {
      const browser = createCookieBrowser();
      const callback = `${cluster.publicUrl}/session/oidc/callback`;
      await cluster.sendBrowsersTo(cluster.one);
      const page = await browser.open(`${cluster.publicUrl}/session/oidc?return=/runs`);
      const back = await signInAtProvider(browser, page, { name: 'ada', until: callback });
      const stolen = new Map(browser.cookies(cluster.publicUrl));
      await cluster.sendBrowsersTo(cluster.other);
      await browser.open(back.url);
      const name = `stagewire-session-${new URL(cluster.publicUrl).port}`;
      const cookie = `${name}=${browser.cookies(cluster.publicUrl).get(name)}`;
      const info = await cluster.visitor(cluster.one, cookie).request('/trpc/server.info');
      expect(info.body).toContain('"owner":"ada"');
      // The same callback again, at the first node, with the cookies of the browser that has begun.
      await cluster.sendBrowsersTo(cluster.one);
      const thief = createCookieBrowser();
      for (const [cookieName, value] of stolen) thief.setCookie(cluster.publicUrl, cookieName, value);
      const refused = await thief.open(back.url);
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(thief.cookies(cluster.publicUrl).has(name)).toBe(false);
    });

    test('is of no use in another browser', async () => {
      const browser = createCookieBrowser();
      const callback = `${cluster.publicUrl}/session/oidc/callback`;
      await cluster.sendBrowsersTo(cluster.one);
      const page = await browser.open(`${cluster.publicUrl}/session/oidc`);
      const back = await signInAtProvider(browser, page, { name: 'ada', until: callback });
      await cluster.sendBrowsersTo(cluster.other);
      const victim = createCookieBrowser();
      expect((await victim.open(back.url)).status).toBeGreaterThanOrEqual(400);
    });
  });
});
