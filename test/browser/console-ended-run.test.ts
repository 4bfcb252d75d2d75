import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, seriousProblems } from '../support/console.ts';
import { reviewedRun } from '../support/reviewed-run.ts';
import { openScriptedConsole, type ScriptedConsole } from '../support/scripted-console.ts';

const inChromium = await describeInChromium();
const reviewed = 'run_reviewed-ended';
const writing = 'run_writing-files';

let shown: ScriptedConsole;

inChromium('the console, with the files and reviews of a run,', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openScriptedConsole();
    const { bodies, ending } = reviewedRun();
    await shown.runs.append(reviewed, ...bodies, ...ending);
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('opens an ended run on its result, with its files in the panel', async () => {
    const page = await shown.open(`/runs/${reviewed}`);
    const result = page.locator('.run-result');
    await result.getByRole('heading', { name: 'Run completed, changes requested' }).waitFor();
    await result.getByText('The last review requests changes that were not made.').waitFor();
    expect(await result.locator('.result-facts').innerText()).toMatch(
      /5 \(6 attempts\)[^]*6\.0k in, 600 out/,
    );
    expect(await result.locator('.status-icon.is-completed').count()).toBe(0);
    await page.getByRole('tab', { name: 'Files', selected: true }).waitFor();
    expect(await chip(page, /Result/).getAttribute('aria-current')).toBe('true');
    await result.getByText('Open issues: 1 major, 1 minor, 5 nits').waitFor();
    expect(await result.locator('.left-issues li').count()).toBe(5);
    expect(await result.locator('.result-files li').allInnerTexts()).toEqual([
      'src/queue.ts\nRefiner, stage 3, attempt 2',
      'README.md\nDocumenter, stage 5',
    ]);
    expect(await seriousProblems(page)).toEqual([]);
    const download = page.waitForEvent('download');
    await result.getByRole('button', { name: 'Save as ZIP' }).click();
    expect((await download).suggestedFilename()).toBe(`${reviewed}.zip`);
    await result.getByRole('button', { name: 'Show all 7 issues' }).click();
    await page.getByRole('tabpanel').getByText('Name 5 is unclear.').waitFor();
    await result.getByRole('button', { name: 'Open files' }).click();
    await page.locator('.file-viewer').getByText('3 lines, Refiner, stage 3, attempt 2').waitFor();
    await page.getByRole('tab', { name: 'Files', selected: true }).waitFor();
    await page.keyboard.press('l');
    await result.waitFor();
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: /^Documenter/ }).waitFor();
    await result.waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await result.waitFor();
    await result.getByRole('button', { name: 'Review, stage 4' }).click();
    await page.getByRole('heading', { name: /^Reviewer/ }).waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });

  test('shows an interrupted review as cut off, with the issues until then', async () => {
    const page = await shown.open(`/runs/${reviewed}?stage=2&panel=review`);
    const stage = page.locator('.stage-view');
    await stage.getByText('The review was cut off after 1 issue (1 major)').waitFor();
    await stage.getByText('Cut off', { exact: true }).waitFor();
    await stage.getByText('The size is wrong.', { exact: true }).waitFor();
    expect(await stage.getByText('"severity"').isVisible()).toBe(false);
    await page.getByRole('tabpanel').getByText('The review was cut off after 1 issue').waitFor();
    await stage.getByRole('button', { name: 'src/queue.ts:2' }).click();
    const viewer = page.locator('.file-viewer');
    await viewer.getByText('2 lines, Coder, stage 1').waitFor();
    await viewer.getByRole('button', { name: 'Newer version: Refiner, stage 3, attempt 2' }).waitFor();
  });

  test('compares any two versions of a file, by keyboard', async () => {
    const page = await shown.open(`/runs/${reviewed}?file=src/queue.ts`);
    const viewer = page.locator('.file-viewer');
    await viewer.getByRole('button', { name: 'Changes' }).press('Enter');
    await viewer.getByText('2 lines added, 1 removed').waitFor();
    const base = page.getByLabel('Compared with');
    expect(await base.locator('option').allInnerTexts()).toEqual([
      '1 of 3: Coder, stage 1',
      '2 of 3: Refiner, stage 3, attempt 1',
    ]);
    await base.focus();
    await page.keyboard.press('ArrowUp');
    await viewer.getByText('3 lines added, 2 removed').waitFor();
    expect(new URL(page.url()).searchParams.get('base')).toBe('1.1');
    await page.reload();
    await viewer.getByText('3 lines added, 2 removed').waitFor();
    // The changes are in the order of time, whichever version is selected.
    await page.getByLabel('Version').selectOption({ index: 0 });
    await viewer.getByText('1 line added, 1 removed').waitFor();
    expect(await viewer.locator('ins').innerText()).toContain('number[]');
    await base.selectOption({ label: '3 of 3: Refiner, stage 3, attempt 2' });
    await viewer.getByText('3 lines added, 2 removed').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  test('shows files while they are written', async () => {
    const runId = await shown.runs.begin({ runId: writing });
    const page = await shown.open(`/runs/${runId}?panel=files`);
    const files = page.getByRole('tabpanel');
    await files.getByText('Each file appears as soon as a role starts to write it.').waitFor();
    await shown.runs.say(
      runId,
      'Two files:\n\n```ts src/a.ts\nexport const a = 1;\n```\n\n```ts src/b.ts\nexport',
    );
    await files.getByRole('button', { name: 'b.ts' }).waitFor();
    // The tab counts what is recorded, and so does the panel.
    await files.getByText('2 being written', { exact: true }).waitFor();
    expect(await files.locator('.file-tree button').allInnerTexts()).toEqual([
      'a.ts\nBeing written',
      'b.ts\nBeing written',
    ]);
    await files.getByRole('button', { name: 'b.ts' }).click();
    const viewer = page.locator('.file-viewer');
    await viewer.getByText('Being written by Coder, stage 1').waitFor();
    await shown.runs.say(runId, ' const b = 2;\n');
    await viewer.locator('pre').getByText('export const b = 2;').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.reload();
    await viewer.locator('pre').getByText('export const b = 2;').waitFor();
    await shown.runs.finish(runId);
    // The script records no files.
    await viewer.getByText('The attempt ended without this file.').waitFor();
    await files.getByText('This run wrote no files.').waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });

  test('shows a diff of large files in steps', async () => {
    const lines = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}\n`).join('');
    const runId = 'run_large-diff';
    const { bodies, ending } = reviewedRun({ first: lines('old'), third: lines('new') });
    await shown.runs.append(runId, ...bodies, ...ending);
    const page = await shown.open(`/runs/${runId}?file=src/queue.ts&changes&base=1.1`);
    const diff = page.locator('.diff');
    await page.getByText('20,000 lines added, 20,000 removed').waitFor();
    const shownLines = async () => (await diff.locator('ins').innerText()).split('\n').length - 1;
    expect(await shownLines()).toBe(1000);
    await diff.getByRole('button', { name: 'Show 1,000 of 19,000 added lines' }).press('Enter');
    await diff.getByRole('button', { name: 'Show 1,000 of 18,000 added lines' }).waitFor();
    expect(await shownLines()).toBe(2000);
  });

  test('shows what to do after a failure', async () => {
    const failed = 'run_failed-run';
    const { bodies } = reviewedRun();
    const reason = { code: 'PROVIDER_AUTH', message: 'The key was rejected.', retryable: false } as const;
    await shown.runs.append(failed, ...bodies, {
      type: 'run.failed',
      failure: reason,
      stage: 5,
    });
    const page = await shown.open(`/runs/${failed}`);
    const result = page.locator('.run-result');
    await result
      .getByText('The run failed in Documenter, stage 5: the provider rejected the API key.')
      .waitFor();
    await result.getByText('Correct the API key in .env, restart the server, and start a rerun.').waitFor();
    await page.getByRole('tab', { name: 'Files', selected: true }).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
  });

  test('shows the cost of a run and its attempts where it is known', async () => {
    const { bodies, ending } = reviewedRun();
    const pricesOf = '2026-01-01';
    const priced = bodies.map((body) =>
      body.type === 'stage.completed' && body.role === 'coder'
        ? { ...body, cost: { amount: '0.0125', currency: 'USD', pricesOf } }
        : body,
    );
    await shown.runs.append('run_priced-run', ...priced, ...ending);
    const page = await shown.open('/runs/run_priced-run?panel=usage');
    await page.locator('.result-facts').getByText('at least 0.0125 USD').waitFor();
    expect(await page.getByRole('row', { name: /^1 Coder/ }).innerText()).toContain('0.0125');
    expect(await page.getByRole('row', { name: /^Run/ }).innerText()).toContain('≥0.0125');
    expect(await page.getByRole('row', { name: /^4 Reviewer/ }).innerText()).toContain('–');
  });

  test.each([390, 768, 1024, 1200, 1440])('fits into a window %i px wide', async (width) => {
    const page = await shown.open(`/runs/${reviewed}`, { viewport: { width, height: 844 } });
    await page.locator('.run-result').waitFor();
    expect(await outside(page)).toEqual([]);
    await page.goto(page.url() + '?file=src/queue.ts&changes&base=1.1');
    await page.locator('.diff').waitFor();
    expect(await outside(page)).toEqual([]);
  });
});

function chip(page: Page, name: RegExp) {
  return page.getByRole('navigation', { name: 'Stages' }).getByRole('button', { name });
}

/** Elements of the text area that reach beyond its right edge. */
function outside(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const area = document.querySelector('.scroller')!;
    const right = area.getBoundingClientRect().right;
    return Array.from(area.querySelectorAll('*'))
      .filter((it) => it.getBoundingClientRect().right > right + 1)
      .map((it) => `${it.tagName} ${it.className}`);
  });
}
