import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chipsBeyondKept } from '../support/chips-beyond-kept.ts';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';

const inChromium = await describeInChromium();
const quick = 'rehearsal/tps=0,ttft=0,chars=600,reasoning=0,seed=7';
const slow = 'rehearsal/tps=5,ttft=0,reasoning=0,chars=20000,seed=7';
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const patiently = { timeout: 20_000 };

let shown: Console;
/** Eleven stages, seven of them reviews and refinements; the last one is live. */
let eleven: string;

inChromium('the layout of the console', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: quick });
    eleven = await shown.start({
      task: 'A rate limiter',
      pipeline: {
        roles: ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'],
        maxRefinements: 3,
      },
      models: { default: `${quick},verdict=changes`, documenter: slow },
    });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('gives at least 70 % of the height to the text of a live run', async () => {
    const page = await shown.open(`/runs/${eleven}`);
    await page.getByRole('heading', { name: /^Documenter/ }).waitFor(patiently);
    expect(await shareOf(page, '.scroller')).toBeGreaterThan(0.7);
  });

  test.each([1024, 1200, 1440, 1920])(
    'has mode, scope and target of a steer in one row, %i px wide',
    async (width) => {
      const page = await shown.open(`/runs/${eleven}`, { viewport: { width, height: 900 } });
      const target = page.getByText('To Documenter, stage 11');
      await target.waitFor(patiently);
      const tops = await Promise.all(
        [
          page.getByRole('radiogroup', { name: 'Mode' }),
          page.getByLabel('Only this stage'),
          steerButton(page),
        ].map(async (it) => (await centreOf(it))[1]),
      );
      expect(Math.max(...tops) - Math.min(...tops)).toBeLessThan(6);
      expect(await target.evaluate((it) => it.scrollWidth <= it.clientWidth)).toBe(true);
    },
  );

  test.each([390, 768, 1024, 1440])(
    'shows eleven stages with one for the finished loop, %i px wide',
    async (width) => {
      const page = await shown.open(`/runs/${eleven}`, { viewport: { width, height: 900 } });
      const line = page.getByRole('navigation', { name: 'Stages' });
      const loop = line.getByRole('button', { name: /^Review ×4/ });
      await loop.waitFor(patiently);
      expect(await line.getByRole('listitem').count()).toBe(5);
      expect(await loop.innerText()).toContain('changes requested');
      expect(await line.innerText()).not.toContain('rehearsal');

      await loop.focus();
      await page.keyboard.press('Enter');
      expect(await loop.getAttribute('aria-expanded')).toBe('true');
      expect(await line.getByRole('listitem').count()).toBe(12);
      await line.getByRole('button', { name: /^Stage 4/ }).press('Enter');
      await page.getByRole('heading', { name: /^Refiner/ }).waitFor();
      // Both the selected and the live stage are in view, wherever the line has scrolled to.
      for (const left of [0, 10_000]) {
        await line.evaluate((it, scrollLeft) => it.scrollTo({ left: scrollLeft, behavior: 'instant' }), left);
        for (const name of [/^Stage 4/, /^Stage 11/])
          expect(await isInside(line, line.getByRole('button', { name }))).toBe(true);
        expect(await line.evaluate(chipsBeyondKept)).toEqual([]);
      }
      await line.evaluate((it) => it.scrollTo({ left: 0, behavior: 'instant' }));
      await expect.poll(() => line.getAttribute('data-more-before'), patiently).toBeNull();
      if (await line.evaluate((it) => it.scrollWidth > it.clientWidth)) {
        expect(await line.getAttribute('data-more-after')).not.toBeNull();
        // The live stage covers the edge of the line too: no part of another stage is beside it.
        const atEdge = await line.evaluate((it) => {
          const { right, top, height } = it.getBoundingClientRect();
          return document.elementFromPoint(right - 6, top + height / 2)?.closest('.is-kept')?.textContent;
        });
        expect(atEdge).toContain('Documenter');
        await page.mouse.move(...(await centreOf(line)));
        await page.mouse.wheel(0, 200);
        await expect.poll(() => line.getAttribute('data-more-before'), patiently).not.toBeNull();
      }
      // The loop with the selected stage stays open.
      await line.getByRole('button', { name: /^Review ×4/ }).press('Enter');
      expect(await line.getByRole('listitem').count()).toBe(12);
      expect(await seriousProblems(page)).toEqual([]);
      await page.getByRole('button', { name: 'Jump to live' }).click();
      expect(complaintsOf(page)).toEqual([]);
    },
  );

  test('has one cursor, where the text grows', async () => {
    const runId = await shown.start({
      task: 'A rate limiter',
      pipeline: { roles: ['architect'] },
      models: { default: 'rehearsal/tps=30,ttft=0,reasoning=0,chars=20000,seed=7' },
    });
    const page = await shown.open(`/runs/${runId}`);
    // It comes after a quotation, whose last paragraph is no end of the text.
    await page.getByRole('heading', { name: 'Goal' }).waitFor(patiently);
    const cursors = () =>
      page.evaluate(
        () =>
          [...document.querySelectorAll('.prose *')].filter(
            (it) => getComputedStyle(it, '::after').content === '""',
          ).length,
      );
    await expect.poll(cursors).toBe(1);
    await shown.stagewire.run(runId).cancel();
  });

  test('keeps most of the height for the text on a phone with its keyboard open', async () => {
    const page = await shown.open(`/runs/${eleven}`, phone);
    await page.getByRole('heading', { name: /^Documenter/ }).waitFor(patiently);
    const text = page.getByLabel('Instruction for the model');
    await text.tap();
    // The keyboard: what a browser with `interactive-widget=resizes-content` does to the window.
    await page.setViewportSize({ width: 390, height: 470 });
    await expect.poll(() => shareOf(page, '.scroller'), patiently).toBeGreaterThan(0.6);
    await page.getByText('To Documenter, stage 11').waitFor();
    await text.fill('Shorter.\nMuch shorter.');
    expect(await shareOf(page, '.scroller')).toBeGreaterThan(0.5);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await steerButton(page).tap();
    await page
      .getByRole('list', { name: 'Latest commands' })
      .getByText('Applied to Documenter')
      .waitFor(patiently);
    expect(await shareOf(page, '.scroller')).toBeGreaterThan(0.45);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole('heading', { name: 'A rate limiter', level: 1 }).waitFor();
  });

  test('follows the visible height where a keyboard covers the page', async () => {
    const page = await shown.open(`/runs/${eleven}`, phone);
    await page.getByRole('heading', { name: /^Documenter/ }).waitFor(patiently);
    await page.getByLabel('Instruction for the model').tap();
    await page.evaluate(() => {
      Object.defineProperty(window.visualViewport, 'height', { value: 470, configurable: true });
      window.visualViewport?.dispatchEvent(new Event('resize'));
    });
    await expect
      .poll(() => page.evaluate(() => document.querySelector('.frame')?.clientHeight), patiently)
      .toBe(470);
    await page.getByRole('heading', { name: 'A rate limiter', level: 1 }).waitFor({ state: 'hidden' });
  });

  test('shows what is selected, disabled and focused with forced colors', async () => {
    const page = await shown.open(`/runs/${eleven}`, { forcedColors: 'active' });
    await page.getByRole('heading', { name: /^Documenter/ }).waitFor(patiently);
    const line = page.getByRole('navigation', { name: 'Stages' });
    const pairs = [
      [
        page.getByRole('button', { name: 'All', exact: true }),
        page.getByRole('button', { name: 'Live', exact: true }),
      ],
      [page.locator('.steer-box .segments span').nth(0), page.locator('.steer-box .segments span').nth(1)],
      [line.getByRole('button', { name: /^Stage 11/ }), line.getByRole('button', { name: /^Stage 1,/ })],
      [page.getByRole('tab', { selected: true }), page.getByRole('tab', { selected: false }).first()],
    ] as const;
    for (const [selected, other] of pairs) {
      const [one, two] = [await coloursOf(selected), await coloursOf(other)];
      expect(one.background).not.toBe(two.background);
      expect(one.color).not.toBe(one.background);
    }
    // All buttons have a border, and the one of the panel is above those of the run.
    await page.setViewportSize({ width: 1200, height: 900 });
    const opens = await page.locator('.panel-open').boundingBox();
    const top = await page.locator('.run-controls').evaluate((it) => it.getBoundingClientRect().top);
    expect((opens?.y ?? 0) + (opens?.height ?? 0)).toBeLessThanOrEqual(top);
    await page.keyboard.press('s');
    await expect
      .poll(() => page.locator('.steer-box').evaluate((it) => getComputedStyle(it).outlineStyle), patiently)
      .toBe('solid');
    await page.keyboard.press('Tab');
    expect(
      await page.locator('.segments input:focus + span').evaluate((it) => getComputedStyle(it).outlineStyle),
    ).toBe('solid');
  });

  test('offers an example instruction, which is not sent before it is confirmed', async () => {
    const runId = await shown.start({
      task: 'A parser',
      models: { default: slow },
      pipeline: { roles: ['architect'] },
    });
    const page = await shown.open(`/runs/${runId}`);
    await page.getByRole('button', { name: 'Make it shorter.' }).click();
    const text = page.getByLabel('Instruction for the model');
    await expect.poll(() => text.inputValue(), patiently).toBe('Make it shorter.');
    expect((await shown.stagewire.run(runId).snapshot()).commands).toEqual([]);
    await text.press('Enter');
    await page.getByRole('tabpanel').getByText('Applied to Architect').waitFor(patiently);
    await shown.stagewire.run(runId).cancel();
  });

  test('moves a result that is new, unless motion is to be reduced', async () => {
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      const runId = await shown.start({
        task: 'A parser',
        models: { default: slow },
        pipeline: { roles: ['architect'] },
      });
      const page = await shown.open(`/runs/${runId}`, { reducedMotion });
      await page.locator('.stage-chip.is-running').waitFor(patiently);
      // A run that ends as soon as it is shown is taken for one that had ended before.
      await page.waitForTimeout(1000);
      await shown.stagewire.run(runId).cancel();
      const result = page.locator('.run-result.is-new');
      await result.waitFor(patiently);
      const name = await result.evaluate((it) => getComputedStyle(it).animationName);
      expect(name).toBe(reducedMotion === 'reduce' ? 'none' : 'rise');
      await page.reload();
      await page.locator('.run-result:not(.is-new)').waitFor();
      await page.context().close();
    }
  });

  test('shows a review that could not be read in amber, in words, everywhere', async () => {
    const runId = await shown.start({
      task: 'An unreadable one',
      models: { default: `${quick},fault=reviewer.invalid` },
      pipeline: { roles: ['coder', 'reviewer'] },
    });
    const page = await shown.open(`/runs/${runId}`);
    await page.getByRole('heading', { name: 'Run completed, verdict unknown' }).waitFor(patiently);
    await page.getByText('The last review could not be parsed, so there is no verdict.').waitFor();
    await page.locator('.run-header .badge').getByText('Verdict unknown').waitFor();
    expect(await page.title()).toBe('Completed, verdict unknown: An unreadable one');
    const row = page
      .getByRole('list', { name: 'Runs' })
      .getByRole('listitem')
      .filter({ hasText: 'An unreadable one' });
    await row.getByText('Verdict unknown').waitFor();
    await page.keyboard.press('2');
    await page.getByRole('tabpanel').getByText('the JSON object is incomplete').waitFor();
    const amber = await page.evaluate(() => {
      const mark = document.body.appendChild(document.createElement('i'));
      mark.style.color = 'var(--warn)';
      return getComputedStyle(mark).color;
    });
    for (const icon of ['.run-header', '.run-result', '.run-list .is-shown', '.stage-chip.is-result'])
      expect(
        await page
          .locator(`${icon} .status-icon`)
          .first()
          .evaluate((it) => getComputedStyle(it).color),
      ).toBe(amber);
    expect(await page.getByText('No issues', { exact: true }).count()).toBe(0);
  });

  test('announces the verdict of a run that ends', async () => {
    const runId = await shown.start({
      task: 'One that ends',
      models: { default: slow, reviewer: `${quick},fault=reviewer.invalid` },
      pipeline: { roles: ['coder', 'reviewer'] },
    });
    const page = await shown.open(`/runs/${runId}`);
    await page.locator('.stage-chip.is-running').waitFor(patiently);
    await shown.stagewire.run(runId).cancel({ target: 'stage' });
    await page
      .getByRole('status')
      .getByText('Run completed, verdict unknown')
      .waitFor({ state: 'attached', ...patiently });
    expect(await page.title()).toBe('Completed, verdict unknown: One that ends');
  });

  test('offers to show all runs where none matches', async () => {
    const page = await shown.open('/');
    await page.getByLabel('Search runs').fill('no such run at all');
    await page.getByRole('status').getByText('No matches').waitFor();
    await page.getByRole('button', { name: 'Show all runs' }).click();
    await page.getByRole('list', { name: 'Runs' }).getByRole('listitem').first().waitFor();
    expect(await page.getByLabel('Search runs').inputValue()).toBe('');
  });
});

function steerButton(page: Page) {
  return page.getByRole('button', { name: 'Steer', exact: true });
}

type Found = ReturnType<Page['locator']>;

/** The part of the window's height that an element has. */
async function shareOf(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate((it) => it.clientHeight / innerHeight);
}

async function centreOf(found: Found): Promise<[number, number]> {
  const box = await found.boundingBox();
  if (box === null) throw new Error('The element is not shown.');
  return [box.x + box.width / 2, box.y + box.height / 2];
}

async function isInside(outer: Found, inner: Found): Promise<boolean> {
  const [around, box] = [await outer.boundingBox(), await inner.boundingBox()];
  if (around === null || box === null) return false;
  return box.x >= around.x - 1 && box.x + box.width <= around.x + around.width + 1;
}

async function coloursOf(found: Found): Promise<{ readonly background: string; readonly color: string }> {
  return found.evaluate((it) => {
    const { backgroundColor, color } = getComputedStyle(it);
    return { background: backgroundColor, color };
  });
}
