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
  'at every width from 320 to 1920 px nothing is cut off, overlaps, breaks or scrolls sideways',
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
      ['a live run with all options of a steer', () => `/runs/${live}`, 'restart'],
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
      } else if (marker === 'restart') {
        // Before the first stage, restart is the only mode, and has no such option.
        await page.getByText('To Architect, stage 1').waitFor();
        await page.getByRole('radio', { name: 'Restart' }).check();
        await page.getByLabel('Without draft').waitFor();
      } else if (marker !== undefined) {
        await page.getByLabel(marker).first().waitFor();
      } else await page.locator('#main h1, #main h2').first().waitFor();
      const found: string[] = [];
      for (let width = 320; width <= 1920; width += 10) {
        await page.setViewportSize({ width, height: 900 });
        for (const look of [overflowing, overlapping, brokenLines]) {
          const problems = await page.evaluate(look);
          found.push(...problems.map((it) => `${width}: ${it}`));
        }
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

/** Evaluated in the page: what lies over its neighbour, although nothing takes either of them out of the flow. */
function overlapping(): string[] {
  const found: string[] = [];
  const nameOf = (it: Element) =>
    `${it.tagName.toLowerCase()}.${it.getAttribute('class') ?? ''} "${(it.textContent ?? '').slice(0, 30)}"`;
  // The actions of the start form stay in view above its fields.
  const isInFlow = (it: Element) =>
    !['absolute', 'fixed'].includes(getComputedStyle(it).position) && !it.matches('.start-actions, dialog');
  for (const around of document.querySelectorAll('body *')) {
    if (!/flex|grid/.test(getComputedStyle(around).display)) continue;
    const boxes = Array.from(around.children)
      .filter((it) => isInFlow(it) && it.checkVisibility({ visibilityProperty: true }))
      .map((it) => ({ it, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && box.height > 1);
    boxes.forEach(({ it, box }, index) => {
      for (const other of boxes.slice(index + 1)) {
        const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (width > 1 && height > 1) found.push(`${nameOf(it)} overlaps ${nameOf(other.it)}`);
      }
    });
  }
  return found;
}

/** Evaluated in the page: rows of controls that break, and texts without which a command is sent to the unknown. */
function brokenLines(): string[] {
  const found: string[] = [];
  for (const row of document.querySelectorAll('.run-controls, .segments, .modal-actions, .share-list li')) {
    const middles = Array.from(row.children)
      .map((it) => it.getBoundingClientRect())
      .filter(({ width, height }) => width > 1 && height > 1)
      .map(({ top, height }) => top + height / 2);
    if (Math.max(...middles) - Math.min(...middles) > 2) found.push(`.${row.className} has two rows`);
  }
  for (const it of document.querySelectorAll('.steer-target, .run-item-end, .given-files .muted'))
    if (it.scrollWidth > it.clientWidth + 1) found.push(`.${it.className} "${it.textContent}" is truncated`);
  const area = document.querySelector<HTMLTextAreaElement>('#steer-text');
  if (area !== null) {
    const { paddingLeft, paddingRight } = getComputedStyle(area);
    const { font } = getComputedStyle(area, '::placeholder');
    const pen = document.createElement('canvas').getContext('2d');
    if (pen !== null) pen.font = font;
    const room = area.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
    for (const line of area.placeholder.split('\n'))
      if ((pen?.measureText(line).width ?? 0) > room) found.push(`the placeholder "${line}" is cut off`);
  }
  return found;
}
