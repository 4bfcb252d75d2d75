import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../support/command-line.ts';
import { describeInChromium } from '../support/chromium.ts';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { complaintsOf } from '../support/console.ts';
import { freePort } from '../support/free-port.ts';
import { openKeyedConsole, signInWith, type KeyedConsole } from '../support/keyed-console.ts';
import { isNginxMissing, startNginx } from '../support/nginx.ts';
import type { Proxy } from '../support/start-proxy.ts';
import { startOidcServer, apiAudience, confidential, type OidcServer } from '../support/oidc-server.ts';
import { textOf } from '../support/source-tree.ts';

const operations = textOf('docs/OPERATIONS.md');
const inChromium = await describeInChromium();
const withNginx = isNginxMissing() ? describe.skip : describe;

inChromium('the console below a path', { timeout: 60_000 }, () => {
  withNginx.each([
    ['a proxy that removes the path', 'Below a path', {}],
    ['a proxy that keeps the path', 'A proxy that keeps the path', { STAGEWIRE_BASE_PATH: '/stagewire' }],
  ])('behind %s', (_name, heading, env) => {
    let shown: KeyedConsole;
    let nginx: Proxy;
    let provider: OidcServer;
    let url: string;
    beforeAll(async () => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}/stagewire`;
      provider = await startOidcServer();
      provider.accounts.set('ada', { name: 'Ada Lovelace' });
      shown = await openKeyedConsole({
        STAGEWIRE_PUBLIC_URL: url,
        STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1',
        STAGEWIRE_AUTH: 'keys,jwt',
        STAGEWIRE_JWT_ISSUER: provider.issuer,
        STAGEWIRE_JWT_AUDIENCE: apiAudience,
        STAGEWIRE_OIDC_CLIENT_ID: confidential.id,
        STAGEWIRE_OIDC_CLIENT_SECRET: confidential.secret,
        ...env,
      });
      const location = codeBlockBelow(operations, heading, 'nginx').replace(
        '127.0.0.1:4600',
        `127.0.0.1:${shown.server.port}`,
      );
      nginx = await startNginx({
        http: `server { listen 127.0.0.1:${port}; ${location} }`,
        port,
        host: 'localhost',
      });
    }, 60_000);
    afterAll(async () => {
      await nginx?.[Symbol.asyncDispose]();
      await shown?.[Symbol.asyncDispose]();
      await provider?.[Symbol.asyncDispose]();
    });

    test('starts and follows a run, survives a reload, shares it, and is reached by the command line', async () => {
      const ada = await shown.person({ name: 'Ada' });
      const page = await shown.open(`${url}/`);
      const asked = addressesOf(page);
      await signInWith(page, ada.token);
      await page.getByLabel('Task').fill('A parser below a path');
      await page.getByRole('button', { name: 'Start run' }).click();
      await page.locator('.model-text').waitFor();
      expect(page.url()).toMatch(new RegExp(`^${url}/runs/run_`));
      const icon = page.locator('link[rel="icon"]');
      expect(await icon.evaluate((link: HTMLLinkElement) => link.href)).toBe(`${url}/icon.svg`);
      await page.getByRole('list', { name: 'Runs' }).getByText('A parser below a path').waitFor();
      await page.reload();
      await page.locator('.model-text').waitFor();
      expect(await page.getByText('Following over HTTP', { exact: false }).count()).toBe(0);

      await page.getByRole('button', { name: 'Share' }).click();
      const dialog = page.getByRole('dialog', { name: 'Share this run' });
      await dialog.getByRole('button', { name: 'Create link' }).click();
      const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
      expect(link.startsWith(`${url}/runs/run_`)).toBe(true);
      const guest = await shown.open(link);
      await guest.getByText(/by a link, which permits you to watch it/).waitFor();
      await guest.locator('.model-text').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'New run' }).click();
      await page.waitForURL(`${url}/`);
      await page.goto(`${url}/account`);
      await page.getByRole('heading', { name: 'Account' }).waitFor();
      await page.goto(`${url.replace(/stagewire$/, '')}stagewire`);
      await page.getByLabel('Task').waitFor();
      expect(asked.filter((it) => !it.startsWith('/stagewire'))).toEqual([]);
      for (const it of [page, guest]) expect(complaintsOf(it)).toEqual([]);

      const env = { STAGEWIRE_URL: url, STAGEWIRE_TOKEN: ada.token };
      const list = await command(['list'], { env });
      expect([list.code, list.stdout.includes('A parser below a path')]).toEqual([0, true]);
    });

    test('signs in at an identity provider, and comes back to the same page', async () => {
      const page = await shown.open(`${url}/account`);
      await page.getByRole('link', { name: /^Sign in with/ }).click();
      await page.waitForURL((it) => it.href.startsWith(provider.issuer));
      const back = new URL(page.url()).searchParams.get('redirect_uri');
      expect(back).toBe(`${url}/session/oidc/callback`);
    });
  });
});

/** The paths on the host of the page that it asks for from now on. */
function addressesOf(page: Page): string[] {
  const paths: string[] = [];
  page.on('request', (request) => {
    const { protocol, pathname } = new URL(request.url());
    if (protocol.startsWith('http')) paths.push(pathname);
  });
  page.on('websocket', (socket) => paths.push(new URL(socket.url()).pathname));
  return paths;
}
