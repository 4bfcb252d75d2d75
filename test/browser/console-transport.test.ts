import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, noteComplaints, openConsole, type Console } from '../support/console.ts';
import { freePort } from '../support/free-port.ts';
import { isNginxMissing, startNginx } from '../support/nginx.ts';
import { startUpgradeProxy, type UpgradeFate, type UpgradeProxy } from '../support/upgrade-proxy.ts';

const patiently = { timeout: 15_000 };
const inChromium = await describeInChromium();
const withNginx = isNginxMissing() ? describe.skip : describe;

let shown: Console;
let proxy: UpgradeProxy;

inChromium('the console where WebSockets do not get through', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=60,ttft=20,seed=7,reasoning=0,chars=20000' });
    proxy = await startUpgradeProxy({ targetPort: shown.server.port });
  }, 60_000);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await shown?.[Symbol.asyncDispose]();
  });

  const begin = () => shown.start({ task: 'A parser', pipeline: { roles: ['architect'] } });

  async function open(url: string): Promise<Page> {
    const page = await shown.chromium.newPage({ viewport: { width: 1280, height: 800 } });
    noteComplaints(page);
    await page.goto(url);
    return page;
  }

  async function expectLive(page: Page): Promise<void> {
    const text = page.locator('.model-text');
    await text.waitFor(patiently);
    const { length } = await text.innerText();
    await expect.poll(async () => (await text.innerText()).length, patiently).toBeGreaterThan(length + 40);
  }

  withNginx('behind an nginx with nothing but proxy_pass', () => {
    test('follows over HTTP, says so, and steers', async () => {
      const port = await freePort();
      const http = `server { listen 127.0.0.1:${port}; location / { proxy_pass ${shown.url}; } }`;
      await using nginx = await startNginx({ http, port, host: 'localhost' });
      const runId = await begin();
      const page = await open(`http://127.0.0.1:${nginx.port}/runs/${runId}`);
      await page.getByText('Following over HTTP', { exact: false }).first().waitFor();
      await expectLive(page);
      await page.getByLabel('Instruction for the model').fill('Shorter.');
      await page.keyboard.press('Enter');
      await page
        .getByText(/^Applied/)
        .first()
        .waitFor();
      const other = await begin();
      await page.getByRole('list', { name: 'Runs' }).locator(`a[href*="${other}"]`).waitFor();
      for (const id of [runId, other]) await shown.stagewire.run(id).cancel();
      await page.getByRole('heading', { name: 'Run cancelled' }).waitFor();
      expect(await page.locator('.connection-banner').count()).toBe(0);
      // Without what Chromium prints about each WebSocket that is refused.
      expect(complaintsOf(page).filter((it) => !it.includes('WebSocket'))).toEqual([]);
    });
  });

  test('behind proxies that refuse, reset, ignore or silence WebSockets', async () => {
    const runId = await begin();
    const fates: readonly UpgradeFate[] = [400, 403, 502, 'reset', 'hang', 'silent'];
    // At the same time: some of them take seconds to be recognized.
    await Promise.all(
      fates.map(async (fate) => {
        await using other = await startUpgradeProxy({ targetPort: shown.server.port, fate });
        const page = await open(`${other.url}/runs/${runId}`);
        await page.getByText('Following over HTTP', { exact: false }).first().waitFor(patiently);
        await expectLive(page);
        await page.context().close();
      }),
    );
    await shown.stagewire.run(runId).cancel();
  });

  test('five tabs of one browser share three streams, and each is served', async () => {
    proxy.fate = 426;
    const runId = await begin();
    const first = await open(`${proxy.url}/runs/${runId}`);
    await using browser = first.context();
    await expectLive(first);
    const pages = [first];
    for (let tab = 0; tab < 4; tab += 1) pages.push(await browser.newPage());
    for (const page of pages.slice(1)) await page.goto(`${proxy.url}/runs/${runId}`);
    const looks: number[] = [];
    const watching = setInterval(() => looks.push(proxy.openStreams), 50);
    for (const page of pages) await expectLive(page);
    await first.getByLabel('Instruction for the model').fill('Shorter.');
    await first.keyboard.press('Enter');
    await first
      .getByText(/^Applied/)
      .first()
      .waitFor(patiently);
    clearInterval(watching);
    // Those that have just been left may still be closing; what is open at each look of a second is in use.
    const inUse = looks.slice(20).map((_, at) => Math.min(...looks.slice(at, at + 20)));
    expect(Math.max(...inUse)).toBe(3);
    await shown.stagewire.run(runId).cancel();
  });

  test('with a proxy that also holds back responses, the reason is shown; and the run, when they come', async () => {
    proxy.fate = 426;
    const runId = await begin();
    const page = await open(`${proxy.url}/runs/${runId}`);
    await expectLive(page);
    proxy.buffers = true;
    proxy.cutStreams();
    await page.getByText(/no live updates get through: no WebSocket can be opened/).waitFor(patiently);
    proxy.buffers = false;
    await page.context().close();
    await shown.stagewire.run(runId).cancel();
  });

  test.each(['ws', 'sse'])(
    'a network that goes away is reported within two seconds, over %s',
    async (transport) => {
      proxy.fate = transport === 'ws' ? 'pass' : 426;
      const runId = await begin();
      const page = await open(`${proxy.url}/runs/${runId}`);
      await page.locator('.prose').first().waitFor();
      if (transport === 'sse')
        await page.getByText('Following over HTTP', { exact: false }).first().waitFor();
      const from = Date.now();
      await page.context().setOffline(true);
      const banner = page.getByText(/Disconnected since/);
      await banner.waitFor();
      // Twice as long on a busy machine.
      expect(Date.now() - from).toBeLessThan(2 * 2000 + 1000);
      // The text is as old as what was heard last: the seconds of the banner are those of the loss.
      const at = /since (\d\d):(\d\d):(\d\d)/.exec(await banner.innerText());
      const shownAt = new Date(from).setHours(Number(at?.[1]), Number(at?.[2]), Number(at?.[3]), 0);
      expect(shownAt).toBeLessThanOrEqual(from + 1000);
      await page.context().setOffline(false);
      await banner.waitFor({ state: 'detached', ...patiently });
      await shown.stagewire.run(runId).cancel();
      await page.getByRole('heading', { name: 'Run cancelled' }).waitFor();
    },
  );
});
