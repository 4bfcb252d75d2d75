import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';

/** A busy machine takes longer than a second to draw something. */
const patiently = { timeout: 15_000 };
const inChromium = await describeInChromium();

let shown: Console;

inChromium('the console, when a run ends while it is shown,', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=40,ttft=0,seed=7,reasoning=0' });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('keeps what was typed, and carries it into a new run', async () => {
    const page = await openRun();
    await page.locator('.prose').first().waitFor();
    await page.getByLabel('Instruction for the model').fill('Call it Gate.\nNo classes.');
    await shown.stagewire.run(runIdOf(page)).cancel();
    await page.getByRole('heading', { name: 'Run cancelled' }).waitFor();
    const kept = page.getByLabel('The run ended before this text was sent.');
    expect(await kept.inputValue()).toBe('Call it Gate.\nNo classes.');
    expect(await kept.isEditable()).toBe(false);
    expect(await seriousProblems(page)).toEqual([]);
    // Also after a visit to another page.
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'New run' }).waitFor();
    await page.goBack();
    expect(await kept.inputValue()).toBe('Call it Gate.\nNo classes.');
    await page.getByRole('button', { name: 'Use in a new run' }).click();
    await page.getByText(/Form filled with the input of/).waitFor();
    expect(await page.getByLabel('Task').inputValue()).toBe('A parser\n\nCall it Gate.\nNo classes.');
    await page.goBack();
    await page.getByRole('button', { name: 'Discard' }).click();
    await kept.waitFor({ state: 'detached' });
    expect(complaintsOf(page)).toEqual([]);
  });

  test.each(['r', 'Shift+X'])('keeps the text of the dialog of %s', async (key) => {
    const page = await openRun();
    await page.locator('.prose').first().waitFor();
    await page.keyboard.press(key);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('It took the wrong turn.');
    await shown.stagewire.run(runIdOf(page)).cancel();
    const kept = dialog.getByLabel('The run ended before this text was sent.');
    expect(await kept.inputValue()).toBe('It took the wrong turn.');
    await dialog.getByRole('button', { name: 'Copy' }).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Use in a new run' }).click();
    await page.getByText(/Form filled with the input of/).waitFor();
    expect(await page.getByLabel('Task').inputValue()).toBe('A parser\n\nIt took the wrong turn.');
  });

  test('shows the result, and keeps the place of a reader who had scrolled up', async () => {
    const models = { default: 'rehearsal/tps=400,ttft=0,chars=12000,seed=7,reasoning=0' };
    const runId = await shown.start({ task: 'A parser', pipeline: { roles: ['architect'] }, models });
    const [following, reading] = [await shown.open(`/runs/${runId}`), await shown.open(`/runs/${runId}`)];
    const text = (page: Page) => page.getByRole('region', { name: 'Text' });
    await expect
      .poll(
        () => text(reading).evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight),
        patiently,
      )
      .toBeGreaterThan(400);
    await text(reading).hover();
    await reading.mouse.wheel(0, -300);
    await reading.getByRole('button', { name: 'Jump to end' }).waitFor();
    const first = reading.locator('.model-text > :nth-child(2)');
    const top = async () => (await first.boundingBox())?.y ?? NaN;
    const before = await top();
    await shown.stagewire.run(runId).cancel();
    await following.getByRole('heading', { name: 'Run cancelled' }).waitFor();
    await expect.poll(() => text(following).evaluate(({ scrollTop }) => scrollTop), patiently).toBe(0);
    await reading.locator('.run-result').waitFor({ state: 'attached' });
    expect(Math.abs((await top()) - before)).toBeLessThan(60);
  });
});

function runIdOf(page: Page): string {
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

async function openRun(): Promise<Page> {
  const runId = await shown.start({ task: 'A parser', pipeline: { roles: ['architect'] } });
  return shown.open(`/runs/${runId}`);
}
