import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { openConsole, type Console } from '../support/console.ts';

const inChromium = await describeInChromium();
const hourMs = 3_600_000;

let shown: Console;

inChromium('the console on a machine with a wrong clock', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/ttft=500,tps=20' });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  // Broken once: by the page's own clock a run of seconds was "1:00:06" on one machine, and "0.0 s" on the other.
  test.each([hourMs, -hourMs])('that is %i ms off shows times by the server’s clock', async (offMs) => {
    const runId = await shown.start({ task: 'A rate limiter' });
    const page = await shown.open('/');
    await page.addInitScript((shiftMs) => {
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...given: [] | [number]) {
          super(given[0] ?? Real.now() + shiftMs);
        }
        static override now() {
          return Real.now() + shiftMs;
        }
      } as DateConstructor;
    }, offMs);
    await page.goto(`${shown.url}/runs/${runId}`);
    const secondsShown = async () =>
      Number(/^\D*([\d.]+) s\b/.exec(await page.locator('.run-facts').innerText())?.[1] ?? NaN);
    await expect.poll(secondsShown, { timeout: 15_000 }).toBeGreaterThan(1);
    const first = await secondsShown();
    expect(first).toBeLessThan(40);
    await expect.poll(secondsShown, { timeout: 15_000 }).toBeGreaterThan(first);
    expect(await page.getByRole('list', { name: 'Runs' }).innerText()).not.toMatch(/\bh ago/);
    await shown.stagewire.run(runId).cancel();
  });
});
