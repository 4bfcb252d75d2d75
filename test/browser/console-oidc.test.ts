import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf } from '../support/console.ts';
import { openKeyedConsole, type KeyedConsole } from '../support/keyed-console.ts';
import { apiAudience, confidential, startOidcServer, type OidcServer } from '../support/oidc-server.ts';

const inChromium = await describeInChromium();

let shown: KeyedConsole;
let provider: OidcServer;

inChromium('the console of a server with an OpenID provider', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    provider = await startOidcServer();
    provider.accounts.set('ada', { name: 'Ada Lovelace' });
    shown = await openKeyedConsole({
      STAGEWIRE_AUTH: 'keys,jwt',
      STAGEWIRE_JWT_ISSUER: provider.issuer,
      STAGEWIRE_JWT_AUDIENCE: apiAudience,
      STAGEWIRE_OIDC_CLIENT_ID: confidential.id,
      STAGEWIRE_OIDC_CLIENT_SECRET: confidential.secret,
    });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
    await provider?.[Symbol.asyncDispose]();
  });

  test('leads to the provider and back to the same page, and again over an open page', async () => {
    const page = await shown.open('/account');
    await page.getByLabel('Access key', { exact: true }).waitFor();
    await page.getByRole('link', { name: `Sign in with ${new URL(provider.issuer).host}` }).click();
    await signInAtForms(page);
    await page.getByRole('heading', { name: 'Account' }).waitFor();
    expect(page.url()).toBe(`${shown.url}/account`);
    await page.getByRole('button', { name: 'Account: Ada Lovelace' }).waitFor();

    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByLabel('Task').fill('A draft that must not be lost');
    await page.evaluate(() => fetch('/session', { method: 'DELETE', headers: { 'x-stagewire-csrf': '1' } }));
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.getByText('It opens in a new tab.').waitFor();
    const opening = page.context().waitForEvent('page');
    await dialog.getByRole('link', { name: /^Sign in with/ }).click();
    const tab = await opening;
    tab.setDefaultTimeout(10_000);
    await signInAtForms(tab);
    await tab.getByRole('button', { name: 'Account: Ada Lovelace' }).waitFor();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Task').inputValue()).toBe('A draft that must not be lost');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: 'A draft that must not be lost' }).waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });
});

/** The forms of the provider: a name with any password, unless it knows her still, then a consent. */
async function signInAtForms(page: Page): Promise<void> {
  const login = page.locator('input[name=login]');
  const consent = page.getByRole('button', { name: 'Continue' });
  await login.or(consent).first().waitFor();
  if ((await login.count()) > 0) {
    await login.fill('ada');
    await page.locator('input[name=password]').fill('any');
    await page.getByRole('button').first().click();
  }
  await consent.click();
}
