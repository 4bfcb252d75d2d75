import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, type Console } from '../support/console.ts';

const inChromium = await describeInChromium();

/** Transferred bytes of page, scripts and styles, headers included, that may be needed before the first paint. */
const budgetBytes = 150_000;

let shown: Console;
let runId: string;

inChromium('what the console needs before its first paint', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=0,ttft=0,seed=7,reasoning=0,chars=600' });
    runId = await shown.start({ task: 'A queue', pipeline: { roles: ['coder', 'documenter'] } });
    await shown.stagewire.run(runId).result();
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test.each(['the start page', 'a run'])('of %s is under 150 kB', async (name) => {
    const page = await shown.open(name === 'a run' ? `/runs/${runId}` : '/');
    const bytes = await bytesBeforePaint(page);
    console.info(`before the first paint: ${bytes} bytes`);
    expect(bytes).toBeLessThan(budgetBytes);
    // Else the measurement saw nothing: React alone has more than this.
    expect(bytes).toBeGreaterThan(50_000);
  });

  test('the address of its icon does not depend on the page that is shown', async () => {
    const page = await shown.open('/');
    await page.waitForSelector('textarea');
    const icon = () => page.evaluate(() => document.querySelector<HTMLLinkElement>('link[rel="icon"]')?.href);
    const before = await icon();
    expect(before).toMatch(/\/icon[^/]*\.svg$/);
    // As a start does: the browser resolves a relative address again.
    await page.evaluate(() => history.pushState(null, '', '/runs/run_00000000'));
    expect(await icon()).toBe(before);
  });

  test('the rest is loaded afterwards, so that a run opens while the server is away', async () => {
    const page = await shown.open('/');
    const chunk = page.waitForResponse(/\/run-page-[^/]*\.js$/);
    const markdown = page.waitForResponse(/\/markdown-[^/]*\.js$/);
    expect((await chunk).headers()['content-encoding']).toMatch(/^(?:br|gzip)$/);
    expect((await markdown).headers()['content-encoding']).toMatch(/^(?:br|gzip)$/);
  });

  test('without authentication, nothing of a session is loaded, asked for or shown', async () => {
    const page = await shown.chromium.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${shown.url}/runs/${runId}`);
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    // The last of what is loaded afterwards.
    await expect.poll(() => asked.some((it) => it.includes('/markdown-'))).toBe(true);
    await page.getByRole('button', { name: 'Delete', exact: true }).waitFor();
    expect(asked.filter((it) => /session|sign|account|share|link|owner/.test(it))).toEqual([]);
    for (const name of [/^Account/, 'Share', 'Sign in'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    await page.goto(`${shown.url}/account`);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
  });

  test('a text is shown as it was written if the Markdown parser cannot be loaded', async () => {
    const page = await shown.open('/');
    await page.route(/\/markdown-[^/]*\.js$/, (route) => route.abort());
    await page.goto(`${shown.url}/runs/${runId}?stage=2`);
    await page.locator('.prose-plain').first().waitFor();
    expect(await page.locator('.prose-plain').first().innerText()).not.toBe('');
    expect(complaintsOf(page)).toEqual([]);
  });

  test('a run page whose code is gone says so and offers to reload', async () => {
    const page = await shown.open('/');
    await page.route(/\/run-page-[^/]*\.js$/, (route) => route.abort());
    await page.goto(`${shown.url}/runs/${runId}`);
    await page.getByRole('heading', { name: 'This part of the console could not be loaded' }).waitFor();
    await page.unroute(/\/run-page-[^/]*\.js$/);
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });
});

/** What was requested before the page painted, as it was transferred; answers of the API are not counted. */
async function bytesBeforePaint(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const paint = await new Promise<number>((resolve) => {
      new PerformanceObserver((list) => {
        const [first] = list.getEntriesByName('first-contentful-paint');
        if (first !== undefined) resolve(first.startTime);
      }).observe({ type: 'paint', buffered: true });
    });
    const entries = [
      ...performance.getEntriesByType('navigation'),
      ...performance.getEntriesByType('resource'),
    ] as PerformanceResourceTiming[];
    return entries
      .filter(({ startTime, name }) => startTime <= paint && !name.includes('/trpc/'))
      .reduce((sum, { transferSize }) => sum + transferSize, 0);
  });
}
