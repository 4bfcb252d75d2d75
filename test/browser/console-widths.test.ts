import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { openKeyedConsole, signInWith, type KeyedConsole } from '../support/keyed-console.ts';

const inChromium = await describeInChromium();
const slow = { default: 'rehearsal/tps=5,ttft=0,chars=20000,reasoning=0,seed=7' };
const quick = { default: 'rehearsal/tps=0,ttft=0,chars=600,reasoning=0,verdict=approved,seed=7' };

let shown: KeyedConsole;
let page: Page;
let live: string;
let ended: string;

inChromium(
  'at every width from 320 to 1920 px nothing is cut off or scrolls sideways',
  { timeout: 90_000 },
  () => {
    beforeAll(async () => {
      shown = await openKeyedConsole();
      const { stagewire, token } = await shown.person({
        name: 'Ada Lovelace of the department with a long name',
      });
      const task =
        'Write a sliding-window rate limiter in TypeScript, with tests, a README and a-very-long-word-without-breaks';
      const labels = { suite: 'nightly', branch: 'feature/a-branch-with-a-long-name' };
      const finished = await stagewire.start({ task, models: quick, labels });
      await finished.result();
      ended = finished.id;
      live = (await stagewire.start({ task, models: slow, labels })).id;
      page = await shown.open('/');
      await signInWith(page, token);
    }, 60_000);
    afterAll(async () => {
      await stopRun();
      await shown?.[Symbol.asyncDispose]();
    });
    const stopRun = async () => {
      const { stagewire } = await shown.person();
      await stagewire
        .run(live)
        .cancel()
        .catch(() => {});
    };

    test.each([
      ['the start form and the list of runs', () => '/', 'Task'],
      ['a live run with its steer box', () => `/runs/${live}`, 'Instruction for the model'],
      ['an ended run', () => `/runs/${ended}`, undefined],
      ['the account page', () => '/account', undefined],
      ['the dialog that shares a run', () => `/runs/${live}`, 'share'],
    ])('%s', async (_name, path, marker) => {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(shown.url + path());
      if (marker === 'share') {
        await page.getByRole('button', { name: 'Share' }).click();
        const dialog = page.getByRole('dialog', { name: 'Share this run' });
        await dialog.getByRole('button', { name: 'Create link' }).click();
        await dialog.getByLabel('Link', { exact: true }).waitFor();
      } else if (marker !== undefined) {
        await page.getByLabel(marker).first().waitFor();
      } else await page.locator('#main h1, #main h2').first().waitFor();
      const found: string[] = [];
      for (let width = 320; width <= 1920; width += 10) {
        await page.setViewportSize({ width, height: 900 });
        const problems = await page.evaluate(overflowing);
        found.push(...problems.map((it) => `${width}: ${it}`));
      }
      expect(found).toEqual([]);
    });
  },
);

/** Evaluated in the page: what is outside of the window, or cut off by an element around it that does not scroll. */
function overflowing(): string[] {
  const found = new Set<string>();
  const nameOf = (it: Element) =>
    `${it.tagName.toLowerCase()}${it.id === '' ? '' : `#${it.id}`}.${it.getAttribute('class') ?? ''} "${(it.textContent ?? '').slice(0, 30)}"`;
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.add(`the page is ${root.scrollWidth} px wide`);
  const controls =
    'button, textarea, input, select, a[href], summary, h1, h2, h3, p, label, [role=tab], .badge';
  for (const it of document.querySelectorAll(controls)) {
    const box = it.getBoundingClientRect();
    if (box.width < 2 || !it.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    let [left, right] = [0, innerWidth];
    let isScrolled = false;
    for (let around = it.parentElement; around !== null; around = around.parentElement) {
      const style = getComputedStyle(around);
      if (style.overflowX === 'visible' || style.display === 'contents') continue;
      const outer = around.getBoundingClientRect();
      if (outer.width < 2 || style.clipPath !== 'none') isScrolled = true;
      // A line of stages or a block of code scrolls on purpose.
      if (/auto|scroll/.test(style.overflowX) && around.matches('pre, table, .stages, .stage-line'))
        isScrolled = true;
      left = Math.max(left, outer.left);
      right = Math.min(right, outer.right);
      // What is around an open dialog does not cut it off.
      if (around.matches('dialog[open]')) break;
    }
    if (isScrolled) continue;
    if (box.left < left - 1 || box.right > right + 1)
      found.add(
        `${nameOf(it)} ${Math.round(box.left)}–${Math.round(box.right)} of ${Math.round(left)}–${Math.round(right)}`,
      );
  }
  return [...found];
}
