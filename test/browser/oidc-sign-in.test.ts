import { expect, test } from 'vitest';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { startKeyedApp } from '../support/keyed-app.ts';
import { apiAudience, confidential, startOidcServer } from '../support/oidc-server.ts';

const inChromium = await describeInChromium();

inChromium('the code flow', { timeout: 60_000 }, () => {
  test('a browser signs in at a provider on another site, and comes back with a session', async () => {
    await using provider = await startOidcServer();
    await using app = await startKeyedApp({
      env: {
        STAGEWIRE_AUTH: 'jwt',
        STAGEWIRE_JWT_ISSUER: provider.issuer,
        STAGEWIRE_JWT_AUDIENCE: apiAudience,
        STAGEWIRE_OIDC_CLIENT_ID: confidential.id,
        STAGEWIRE_OIDC_CLIENT_SECRET: confidential.secret,
      },
    });
    await using chromium = await launchChromium();
    const page = await chromium.newPage();
    // Another site than the provider, which is at 127.0.0.1: cookies know sites, and do not know ports.
    const url = `http://localhost:${app.port}`;
    await page.goto(`${url}/session/oidc?return=/healthz`);
    await page.fill('input[name=login]', 'ada');
    await page.fill('input[name=password]', 'any');
    await page.click('button[type=submit]');
    await page.click('button[type=submit]');
    await page.waitForURL(`${url}/healthz`);
    const you = await page.evaluate(async () => {
      const response = await fetch('/trpc/server.info', { headers: { 'x-stagewire-csrf': '1' } });
      return ((await response.json()) as { result: { data: { you: unknown } } }).result.data.you;
    });
    expect(you).toMatchObject({ actor: { id: 'jwt:ada' }, session: true });
    // A script of the page cannot read the cookie.
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });
});
