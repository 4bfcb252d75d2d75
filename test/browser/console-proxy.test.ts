import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf } from '../support/console.ts';
import { openKeyedConsole, type KeyedConsole } from '../support/keyed-console.ts';
import { startPathProxy, type PathProxy } from '../support/path-proxy.ts';

const inChromium = await describeInChromium();

let shown: KeyedConsole;
let proxy: PathProxy;
let user: string | undefined;

inChromium('the console behind a proxy that signs its users in', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openKeyedConsole({
      STAGEWIRE_AUTH: 'proxy',
      STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1',
      STAGEWIRE_PROXY_OWNER_HEADER: 'x-auth-request-groups',
      STAGEWIRE_PROXY_SESSION_MS: '3000',
    });
    proxy = await startPathProxy({
      targetPort: shown.server.port,
      adds: () =>
        user === undefined ? {} : { 'x-auth-request-user': user, 'x-auth-request-groups': 'payments,search' },
    });
  }, 60_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await shown?.[Symbol.asyncDispose]();
  });

  test('needs no sign-in, and starts and lists runs by owner', async () => {
    user = 'ann';
    const page = await shown.open(`${proxy.url}/account`);
    await page.getByText('The proxy in front of the server has signed you in.').waitFor();
    await page.getByText('payments (new runs)').waitFor();
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByLabel('Task').fill('A parser');
    await page.locator('.start-form').getByLabel('Owner').selectOption('search');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByLabel('Instruction for the model').fill('Shorter.');
    const item = page.getByRole('list', { name: 'Runs' }).getByText('A parser');
    await item.waitFor();
    await page.getByRole('list', { name: 'Runs' }).getByText('search').waitFor();
    await page.getByRole('navigation').getByLabel('Owner').selectOption('payments');
    await item.waitFor({ state: 'detached' });
    await page.getByRole('navigation').getByLabel('Owner').selectOption('search');
    await item.waitFor();
    // The proxy vouches for a few seconds, then the socket is opened again: nobody notices.
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await expect.poll(() => sockets.length, { timeout: 8000 }).toBeGreaterThan(0);
    const text = page.locator('.prose').first();
    const { length } = await text.innerText();
    await expect.poll(async () => (await text.innerText()).length).toBeGreaterThan(length);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await page.getByLabel('Instruction for the model').inputValue()).toBe('Shorter.');
    expect(complaintsOf(page)).toEqual([]);
  });

  test('says who has to sign a visitor in, and continues when that has happened', async () => {
    user = undefined;
    const page = await shown.open(`${proxy.url}/`);
    await page.getByText('The proxy in front of this server signs users in').waitFor();
    expect(await page.getByLabel('Access key', { exact: true }).count()).toBe(0);
    user = 'ann';
    await page.getByRole('button', { name: 'Reload the page' }).click();
    await page.getByRole('button', { name: 'Start run' }).waitFor();
  });
});
