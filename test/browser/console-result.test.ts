import { readFile } from 'node:fs/promises';
import { strFromU8, unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, seriousProblems } from '../support/console.ts';
import { openScriptedConsole, type ScriptedConsole } from '../support/scripted-console.ts';
import { sloppyRun } from '../support/sloppy-run.ts';

/** A busy machine takes longer than a second to draw something. */
const patiently = { timeout: 15_000 };
const inChromium = await describeInChromium();
const ended = 'run_sloppy-ended';
const live = 'run_sloppy-live';

let shown: ScriptedConsole;

inChromium('the console, with realistic model output,', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openScriptedConsole();
    const { bodies, ending, prompts } = sloppyRun();
    await shown.runs.append(ended, ...bodies, ...ending);
    const running = bodies.findIndex((body) => body.type === 'stage.started' && body.stage === 4);
    await shown.runs.append(live, ...bodies.slice(0, running + 1));
    for (const prompt of prompts) {
      shown.runs.answerPrompt(ended, prompt);
      shown.runs.answerPrompt(live, { ...prompt, stage: 4, role: 'refiner', attempt: 1 });
    }
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('lists the latest files including context files, and fetches their texts', async () => {
    const page = await shown.open(`/runs/${ended}?panel=files`);
    const files = page.getByRole('tabpanel');
    await files.getByText('3 files (1 context file)').waitFor();
    expect(await files.locator('.file-tree button').allInnerTexts()).toEqual([
      'limits.md\ncontext',
      'queue.ts\nMay be incomplete',
      'ring.ts',
    ]);
    await files.getByRole('button', { name: 'limits.md' }).click();
    await page.locator('.file-viewer pre').getByText('100 a minute').waitFor();
    await page.getByText('3 lines, context file').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download ZIP' }).click();
    const zip = unzipSync(await readFile(await (await download).path()));
    expect(Object.keys(zip).toSorted()).toEqual(
      ['notes/limits.md', 'src/queue.ts', 'src/ring.ts'].map((path) => `${ended}/${path}`),
    );
    expect(strFromU8(zip[`${ended}/notes/limits.md`]!)).toBe('# Limits\n\n100 a minute\n');
    expect(complaintsOf(page)).toEqual([]);
  });

  test('shows all versions of a file with their authors and changes', async () => {
    const page = await shown.open(`/runs/${ended}?file=src/queue.ts`);
    const viewer = page.locator('.file-viewer');
    const version = page.getByLabel('Version');
    await viewer.getByText('5 lines, Refiner, stage 4').waitFor();
    await viewer.getByText('May be incomplete').waitFor();
    await version.waitFor();
    await expect
      .poll(() => version.locator('option').allInnerTexts(), patiently)
      .toEqual(['1 of 3: context file', '2 of 3: Coder, stage 2, attempt 2', '3 of 3: Refiner, stage 4']);
    await page.getByRole('button', { name: 'Changes' }).click();
    await viewer.getByText('2 lines added, 1 removed').waitFor();
    expect(await viewer.locator('del').innerText()).toContain('for (;;) queue.pop();');
    expect(await seriousProblems(page)).toEqual([]);
    await version.selectOption({ index: 1 });
    await viewer.getByText('4 lines added, 1 removed').waitFor();
    await version.selectOption({ index: 0 });
    await viewer.locator('pre').getByText('export const queue = [];').waitFor();
    expect(new URL(page.url()).searchParams.get('at')).toBe('given');
    await page.reload();
    await viewer.getByText('1 line, context file').waitFor();
    await viewer.getByRole('button', { name: 'Newer version: Refiner, stage 4' }).click();
    await viewer.getByText('5 lines, Refiner, stage 4').waitFor();
  });

  // Broken once: with the file as it is now, line 3 of an issue that was mended was marked in the mended text.
  test('links an issue to its line in the reviewed version', async () => {
    const page = await shown.open(`/runs/${ended}?panel=review`);
    await page.getByRole('tabpanel').getByText('Stage 3').click();
    await page.getByRole('tabpanel').getByRole('button', { name: 'src/queue.ts:3' }).click();
    const viewer = page.locator('.file-viewer');
    await viewer.getByText('4 lines, Coder, stage 2, attempt 2').waitFor();
    await viewer.locator('.line-mark').waitFor();
    const marked = await page.evaluate(() => {
      const box = document.querySelector('.line-mark')!.getBoundingClientRect();
      const code = document.querySelector('.file-viewer code')!;
      const line = Math.round((box.top - code.getBoundingClientRect().top) / box.height);
      return code.textContent.split('\n')[line];
    });
    expect(marked).toContain('for (;;)');
    await viewer.getByRole('list', { name: 'Issues' }).getByText('It never ends.').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  test('links to the reviewed version of a removed file, and not to a file that never existed', async () => {
    const page = await shown.open(`/runs/${ended}?panel=review`);
    const panel = page.getByRole('tabpanel');
    await panel.getByText('Stage 3').click();
    await panel.getByRole('button', { name: 'src/old-list.ts:1' }).click();
    const viewer = page.locator('.file-viewer');
    await viewer.locator('pre').getByText('export const list').waitFor();
    await viewer.getByRole('button', { name: 'Later removed by Refiner, stage 4' }).click();
    await viewer.getByText('The file does not exist.').waitFor();
    expect(await page.getByLabel('Version').innerText()).toContain('2 of 2: removed by Refiner, stage 4');
    await panel.getByText('src/nowhere.ts:1').waitFor();
    expect(await panel.getByRole('button', { name: 'src/nowhere.ts:1' }).count()).toBe(0);
  });

  test('shows the skipped blocks of an attempt and the reason of its repair', async () => {
    const page = await shown.open(`/runs/${ended}?stage=2&attempt=1`);
    const end = page.locator('.attempt-end');
    await end.getByText('2 code blocks not saved as files').waitFor();
    await end.getByText(/src\/queue\.ts is incomplete: its code block was never closed/).waitFor();
    await end.getByRole('button', { name: 'Show attempt 2' }).click();
    await page.getByText('Attempt 2 · repair: 2 files were not closed').waitFor();
    await end.getByText('A code block has no file name.').waitFor();
    await end.getByText('npm install && npm').waitFor();
    await chip(page, /^Review ×2/).click();
    await chip(page, /Stage 4/).click();
    await page.locator('.file-note').getByText('Removes src/old-list.ts').waitFor();
    await page.locator('.file-note').getByText('No file changes').waitFor();
    expect(await page.locator('.code-card').count()).toBe(1);
    // Many are folded away.
    const patch = end.getByText(/src\/skipped-1\.ts is a patch/);
    expect(await patch.isVisible()).toBe(false);
    await end.getByText('4 code blocks not saved as files').click();
    await patch.waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  test('marks truncated texts in the stage line, at their end and in the result', async () => {
    const page = await shown.open(`/runs/${ended}`);
    await chip(page, /Documenter truncated/).waitFor();
    await page.locator('.attempt-end').getByText('Truncated', { exact: true }).waitFor();
    const result = page.locator('.run-result');
    await result.getByText('May be incomplete').waitFor();
    await result.getByRole('button', { name: 'Documenter, stage 6' }).waitFor();
    await chip(page, /Stage 1/).click();
    await page.getByText('Attempt 2 · continued after the length limit').waitFor();
    await page.keyboard.press('[');
    await page.getByText(/Truncated after [\d,]+ characters at the model’s length limit/).waitFor();
    await page.getByRole('button', { name: 'Show attempt 2' }).click();
    await page.getByText('Attempt 2 · continued after the length limit').waitFor();
    expect(await chip(page, /truncated/).count()).toBe(1);
  });

  test('shows all reviews with their problems, and no unknown verdict as an approval', async () => {
    const page = await shown.open(`/runs/${ended}?panel=review&stage=5`);
    const panel = page.getByRole('tabpanel');
    await panel.getByText('It is not JSON: cut off behind "approved".').waitFor();
    expect(await panel.locator('summary').allInnerTexts()).toEqual([
      'Stage 5, attempt 2\nVerdict unknown\nNo issues could be parsed',
      'Stage 3\nChanges requested\n3 issues (1 major, 1 minor, 1 nit)',
    ]);
    await panel.getByText('Stage 3').click();
    await panel.getByText('The severity "Major" was read as major.').waitFor();
    await page.locator('.stage-view').getByText('No issues could be parsed').waitFor();
    expect(await page.getByText('Approved', { exact: true }).count()).toBe(0);
    await chip(page, /Result/).click();
    await page.getByRole('heading', { name: 'Run completed, verdict unknown' }).waitFor();
    expect(await page.locator('.run-result .status-icon.is-completed').count()).toBe(0);
    expect(await page.locator('.run-item .status-icon.is-completed').count()).toBe(0);
    await panel.getByRole('button', { name: 'Show stage' }).first().click();
    await page.getByText('Attempt 2 · repair: the review could not be parsed').waitFor();
  });

  test('shows the prompt of an attempt, and its changes', async () => {
    const page = await shown.open(`/runs/${ended}?stage=2`);
    await page.getByRole('button', { name: 'Prompt', exact: true }).click();
    await page.getByRole('heading', { name: 'Prompt of Coder, stage 2, attempt 2' }).waitFor();
    await page.getByText('You are one of a crew of engineers.').waitFor();
    await page.getByText('111 characters').waitFor();
    await page.getByText('Not exactly what was sent').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Changes' }).click();
    await page.getByText('Compared with Coder, stage 2, attempt 1').waitFor();
    expect(await page.locator('.diff ins').innerText()).toContain('+ # Left open');
    expect(await page.getByText('# Task').count()).toBe(0);
    await page.getByRole('button', { name: 'Show 9 unchanged lines' }).click();
    await page.getByText('# Task').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.reload();
    await page.getByText('Compared with Coder, stage 2, attempt 1').waitFor();
    await page.getByRole('button', { name: 'Back to stage' }).click();
    await page.getByRole('heading', { name: /^Coder/ }).waitFor();
    await page.getByRole('button', { name: 'Attempt 1' }).click();
    await page.keyboard.press('p');
    await page.goto(page.url().replace('stage=2&attempt=1&', ''));
    await page.getByRole('heading', { name: 'Prompt of Coder, stage 2, attempt 1' }).waitFor();
    expect(await page.getByText('Not exactly what was sent').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Changes' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Back to stage' }).click();
    await page.locator('.attempt-end').getByText('2 code blocks not saved as files').waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });

  test('shows the prompt of a running attempt, and an error where there is none', async () => {
    const page = await shown.open(`/runs/${live}`);
    await page.getByRole('heading', { name: /^Refiner/ }).waitFor();
    await page.keyboard.press('p');
    await page.getByText('You are one of a crew of engineers.').waitFor();
    await chip(page, /Stage 1/).click();
    await page.keyboard.press('p');
    await page.getByRole('alert').getByText('The prompt could not be loaded.').waitFor();
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0);
  });

  test('preselects the mode that keeps the text, and again after each steer; drops the draft for a restart only', async () => {
    const page = await shown.open(`/runs/${live}`);
    const box = page.getByLabel('Instruction for the model');
    const steer = async (words: string) => {
      await box.fill(words);
      await page.keyboard.press('Enter');
      await page.getByRole('tabpanel').locator('.command', { hasText: words }).waitFor();
    };
    const modeIs = async (name: string) => {
      await expect.poll(() => page.getByRole('radio', { name }).isChecked(), patiently).toBe(true);
    };
    await modeIs('Continue');
    expect(await page.getByLabel('Without draft').count()).toBe(0);
    await page.getByRole('radio', { name: 'Restart' }).check();
    await page.getByLabel('Without draft').check();
    await page.getByPlaceholder('Restarts the stage, without its draft').waitFor();
    await page.getByRole('radio', { name: 'Next stage' }).check();
    expect(await page.getByLabel('Without draft').count()).toBe(0);
    await page.getByLabel('Only the next stage').check();
    await steer('Later');
    await modeIs('Continue');
    expect(await page.getByLabel('Only this stage').isChecked()).toBe(false);
    await page.getByRole('radio', { name: 'Restart' }).check();
    await page.getByLabel('Without draft').check();
    await steer('Afresh');
    await modeIs('Continue');
    await steer('As usual');
    // The page lists a command before the server has it.
    await expect.poll(() => shown.runs.commands.length, patiently).toBe(3);
    expect(
      shown.runs.commands.map((it) => (it.kind === 'steer' ? [it.text, it.mode, it.scope, it.draft] : [])),
    ).toEqual([
      ['Later', 'next', 'stage', undefined],
      ['Afresh', 'restart', 'run', 'drop'],
      ['As usual', 'continue', 'run', undefined],
    ]);
    await page.getByRole('tabpanel').getByText('Steer (restart, without draft)').waitFor();
  });

  test('shows cached input in the usage', async () => {
    const page = await shown.open(`/runs/${ended}?panel=usage&stage=4`);
    const total = page.getByRole('row', { name: /^Run/ });
    await expect.poll(() => total.innerText(), patiently).toContain('4,000 cached');
    await page.locator('.facts').getByText('1,200 in (800 cached)').waitFor();
  });

  test.each(['light', 'dark'] as const)(
    'has no serious accessibility problems in the %s theme, on a phone too',
    async (colorScheme) => {
      const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme };
      for (const view of [
        '',
        '&file=src/queue.ts&changes',
        '&prompt=2.2&changes',
        '&panel=review',
        '&panel=files',
      ]) {
        const page = await shown.open(`/runs/${ended}?stage=5${view}`, phone);
        await page.getByRole('heading', { name: 'A queue in TypeScript' }).waitFor();
        await page.waitForLoadState('networkidle');
        expect(await seriousProblems(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
        await page.context().close();
      }
    },
  );
});

function chip(page: Page, name: RegExp) {
  return page.getByRole('navigation', { name: 'Stages' }).getByRole('button', { name });
}
