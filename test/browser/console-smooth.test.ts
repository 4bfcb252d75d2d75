import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium, type Chromium } from '../support/chromium.ts';
import { openConsole, type Console } from '../support/console.ts';

// A long task is one of 50 ms. The browser's own list of them counts the time in which other programs had the core as
// well; its trace tells a task's own time. That is held here, and the list is printed beside it.

const inChromium = await describeInChromium();
const mostMs = 50;

let shown: Console;

inChromium('the console stays smooth', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=10,ttft=0,seed=7' });
    for (let at = 0; at < 20; at += 1) await shown.start({ task: `One of the others, ${at}` });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test.each(['architect', 'coder'])(
    'while the %s writes 50,000 characters at ten times 200 tokens a second, and when they are scrolled through',
    async (role) => {
      const runId = await shown.start({
        task: 'A long thing in TypeScript',
        pipeline: { roles: [role] },
        models: { default: 'rehearsal/tps=2000,ttft=1500,seed=3,reasoning=0,chars=50000' },
      });
      const page = await shown.open(`/runs/${runId}`);
      await watchLongTasks(page);
      const writing = await tasksDuring(page, () => page.getByText(/The run is complete/).waitFor());
      const scrolling = await tasksDuring(page, () => scrollThrough(page));
      const all = await page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks);
      console.info(
        `${role}: longest tasks in ms of their own: ${writing.slice(0, 4).join(', ')} while it writes, ` +
          `${scrolling.slice(0, 4).join(', ')} while scrolling; by the clock, over 50 ms: ${all.join(', ') || 'none'}`,
      );
      expect(
        await page.evaluate(() => document.querySelector('.model-text')?.textContent?.length),
      ).toBeGreaterThan(45_000);
      expect(writing.length).toBeGreaterThan(50);
      expect(writing[0]).toBeLessThan(mostMs);
      expect(scrolling[0]).toBeLessThan(mostMs);
    },
  );
});

async function watchLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    const longTasks: number[] = [];
    Object.assign(globalThis, { longTasks });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(Math.round(duration));
    }).observe({ type: 'longtask' });
  });
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** In microseconds of the thread's own time. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** How long the page's tasks took meanwhile, in milliseconds of their own, longest first. */
async function tasksDuring(page: Page, act: () => Promise<void>): Promise<number[]> {
  const { browser }: Chromium = shown.chromium;
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  await act();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;
  const mains = trace.traceEvents
    .filter((event) => event.name === 'thread_name' && event.args?.name === 'CrRendererMain')
    .map(threadOf);
  return trace.traceEvents
    .filter((event) => event.name === 'RunTask' && mains.includes(threadOf(event)))
    .map((event) => Math.round((event.tdur ?? 0) / 1000))
    .sort((one, other) => other - one);
}

async function scrollThrough(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const scroller = document.querySelector('.scroller');
    if (scroller === null) throw new Error('There is nothing to scroll.');
    for (let turn = 0; turn < 60 && scroller.scrollTop > 0; turn += 1) {
      scroller.scrollTop -= 1500;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
  });
}
