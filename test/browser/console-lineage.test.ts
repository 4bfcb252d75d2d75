import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';

const inChromium = await describeInChromium();

/** A busy machine takes longer than a second to draw something. */
const patiently = { timeout: 15_000 };
const model = 'rehearsal/tps=0,ttft=0,seed=7,reasoning=0';
const roles = ['architect', 'coder', 'reviewer', 'refiner'];

let shown: Console;
let failed: string;
let completed: string;

inChromium('a run that starts from another one', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model });
    failed = await ended({ task: 'An event emitter', models: { default: `${model},fault=coder.auth` } });
    completed = await ended({ task: 'A ring buffer', labels: { suite: 'lineage' } });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('is a rerun of a failed stage with one click, and a double click starts one', async () => {
    const page = await shown.open(`/runs/${failed}`);
    const before = (await shown.stagewire.list({ limit: 200 })).items.length;
    await page.getByText(/^Keeps Architect; [\d,]+ tokens are not paid again\.$/).waitFor();
    await page.getByRole('button', { name: 'Rerun from Coder, stage 2' }).dblclick();
    const runId = await openedRun(page, failed);
    await lineage(page)
      .getByText(/Rerun of .*, from Coder, stage 2/)
      .waitFor();
    await page.getByRole('button', { name: /Stage 1, completed: Architect inherited/ }).waitFor();
    await page.getByRole('heading', { name: 'Run failed' }).waitFor();
    expect((await shown.stagewire.list({ limit: 200 })).items.length).toBe(before + 1);
    const state = await shown.stagewire.run(runId).snapshot();
    expect(state.from).toMatchObject({ runId: failed, stage: 2 });
    expect(state.usage.outputTokens).toBe(0);
    await page.getByText('2 (1 inherited)').waitFor();
    await page.getByRole('list', { name: 'Runs' }).locator('[aria-current]').getByText('Rerun').waitFor();
    await page.getByRole('tab', { name: 'Usage' }).click();
    await page.getByRole('row', { name: /1 Architect, inherited/ }).waitFor();
    await page.getByRole('button', { name: /Stage 1/ }).click();
    await page.locator('.inherited-note').getByText('its tokens and cost are not counted here').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    expect(complaintsOf(page)).toEqual([]);
  });

  test('has other settings if they are changed in the form first', async () => {
    const page = await shown.open(`/runs/${failed}`);
    await page.getByRole('link', { name: 'Change settings first' }).click();
    await page.locator('.source-note').getByText('Rerun of An event emitter, from stage 2').waitFor();
    expect(await page.getByLabel('Task').inputValue()).toBe('An event emitter');
    await page.getByText('Models and instructions').click();
    await page.getByLabel('Model, All roles').fill(model);
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    const runId = await openedRun(page, failed);
    const state = await shown.stagewire.run(runId).snapshot();
    expect(state.from).toMatchObject({ runId: failed, stage: 2 });
    expect(state.stages[0]?.attempts[0]?.inheritedFrom?.runId).toBe(failed);
    expect(state.stages[1]?.attempts[0]?.model).toBe(model);
  });

  test('is a follow-up of a completed run, and its text survives a look at another page', async () => {
    const page = await shown.open(`/runs/${completed}`);
    const box = page.getByLabel('Follow-up: what should change?');
    await box.fill('Now add tests');
    await page.getByRole('button', { name: /Stage 1/ }).click();
    await page.getByRole('button', { name: /Result/ }).click();
    expect(await box.inputValue()).toBe('Now add tests');
    await box.press('Control+Enter');
    const runId = await openedRun(page, completed);
    await page.getByRole('heading', { name: 'Now add tests' }).waitFor();
    await lineage(page).getByText('Follow-up of A ring buffer').waitFor();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    const state = await shown.stagewire.run(runId).snapshot();
    expect(state).toMatchObject({ task: 'Now add tests', labels: { suite: 'lineage' } });
    await lineage(page).getByRole('link', { name: 'A ring buffer' }).click();
    await page.getByRole('heading', { name: 'A ring buffer' }).waitFor();
    expect(await box.inputValue()).toBe('');
    await page.getByRole('link', { name: 'Change settings first' }).click();
    await page.getByText('Keeps all stages and files.').waitFor();
    expect(await box.getAttribute('placeholder')).toBe('For example: now add tests');
  });

  test('forks or restarts any attempt of an ended run, but no review', async () => {
    const page = await shown.open(`/runs/${completed}?stage=2`);
    const from = page.getByRole('group', { name: 'Start a run from here' });
    await from.getByRole('button', { name: 'Rerun from here' }).waitFor();
    await page.getByRole('button', { name: /Stage 3/ }).click();
    await page.getByRole('heading', { name: 'Reviewer stage 3' }).waitFor();
    expect(await from.getByRole('button').allInnerTexts()).toEqual(['Rerun from here']);
    await page.getByRole('button', { name: /Stage 2/ }).click();
    await from.getByRole('button', { name: 'Fork: continue this text' }).click();
    const runId = await openedRun(page, completed);
    await lineage(page)
      .getByText(/Fork of .*, at Coder, stage 2, attempt 1/)
      .waitFor();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    const { stages } = await shown.stagewire.run(runId).snapshot();
    expect(stages[1]?.attempts.map(({ cause }) => cause)).toEqual(['plan', 'fork']);
    await page.getByRole('button', { name: /Stage 2/ }).click();
    await page.getByText(/Attempt 2 · forked from another run; continues after/).waitFor();
  });

  test('says at the button why it was not started, and can be started again', async () => {
    const page = await shown.open(`/runs/${failed}`);
    await page.route(/runs\.start/, (route) => {
      const data = { code: 'CONFLICT', httpStatus: 409, stagewire: { code: 'DRAINING', retryable: false } };
      const error = { message: 'The server is shutting down.', code: -32009, data };
      return route.fulfill({ status: 409, json: { error } });
    });
    const button = page.getByRole('button', { name: 'Rerun from Coder, stage 2' });
    await button.click();
    await page.getByRole('alert').getByText('Not started. The server is shutting down.').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.unroute(/runs\.start/);
    await button.click();
    await openedRun(page, failed);
  });

  test('says that its source was deleted, in a page that is open too', async () => {
    const source = await ended({ task: 'A source' });
    const { id } = await shown.stagewire.start({ from: { runId: source }, task: 'More of it' });
    await shown.stagewire.run(id).result();
    const page = await shown.open(`/runs/${id}`);
    await lineage(page).getByRole('link', { name: 'A source' }).waitFor();
    await shown.stagewire.delete(source);
    await lineage(page).getByText('Deleted', { exact: true }).waitFor();
    expect(await page.getByRole('link', { name: 'Compare with its source' }).count()).toBe(0);
    await page.reload();
    await lineage(page).getByText('Deleted or expired').waitFor();
    // It does not depend on its source.
    await page.getByRole('button', { name: /Stage 1/ }).click();
    await page.locator('.prose').first().waitFor();
  });

  test('is compared with its source: figures, stages, and the files that differ', async () => {
    const { id } = await shown.stagewire.start({
      from: { runId: completed },
      task: 'A ring buffer that grows',
    });
    await shown.stagewire.run(id).result();
    const page = await shown.open(`/runs/${id}`);
    await page.getByRole('link', { name: 'Compare with its source' }).click();
    await page.waitForURL(`**/runs/${completed}/compare/${id}`);
    const table = page.getByRole('table');
    await table.getByRole('columnheader', { name: /A ring buffer that grows/ }).waitFor();
    await table.getByRole('row', { name: /Duration/ }).waitFor();
    expect(await table.getByText('Inherited').count()).toBeGreaterThan(1);
    await page.getByText(/files? differ/).waitFor();
    await page.locator('.compare-file ins, .compare-file del').first().waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'Swap' }).click();
    await page.waitForURL(`**/runs/${id}/compare/${completed}`);
    await page.reload();
    await page.getByText(/files? differ/).waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });

  test('any other run can be chosen for a comparison', async () => {
    const page = await shown.open(`/runs/${completed}`);
    await page.getByRole('link', { name: 'Compare', exact: true }).click();
    const runs = page.getByRole('list', { name: 'Runs to compare with' });
    await runs
      .getByText(/^Follow-up, /)
      .first()
      .waitFor();
    await page.getByLabel('Search the run to compare with').fill('emitter');
    await expect.poll(() => runs.getByText('ring buffer').count(), patiently).toBe(0);
    await runs.getByRole('link').first().press('Enter');
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('columnheader').allInnerTexts()).toEqual([
      expect.stringMatching(/An event emitter|A ring buffer/),
      expect.stringMatching(/An event emitter|A ring buffer/),
    ]);
  });
});

async function ended(input: Parameters<Console['start']>[0]): Promise<string> {
  const runId = await shown.start({ pipeline: { roles, maxRefinements: 1 }, ...input });
  await shown.stagewire.run(runId).result();
  return runId;
}

/** The run that the page opens after this one. */
async function openedRun(page: Page, before: string): Promise<string> {
  const idIn = () => /\/runs\/(run_[\w-]+)$/.exec(new URL(page.url()).pathname)?.[1] ?? before;
  await expect.poll(idIn, patiently).not.toBe(before);
  return idIn();
}

function lineage(page: Page) {
  return page.locator('.lineage');
}
