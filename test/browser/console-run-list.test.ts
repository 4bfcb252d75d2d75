import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';

const inChromium = await describeInChromium();

/** A busy machine takes longer than a second to draw something. */
const patiently = { timeout: 15_000 };
const pipeline = { roles: ['architect'] };
const slow = { default: 'rehearsal/tps=1,ttft=0' };
const phone = { viewport: { width: 390, height: 720 }, hasTouch: true, isMobile: true };

let shown: Console;

inChromium('the run list', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=0,ttft=0,seed=7,reasoning=0,chars=300' });
    await ended('The very first zeppelin', { batch: 'old' });
    for (let at = 1; at < 55; at += 1) await ended(`Number ${at}`, { batch: 'old' });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('loads older runs, and moves the focus to the list when there are no more', async () => {
    const page = await shown.open('/');
    await expect.poll(() => items(page).count(), patiently).toBe(50);
    await page.getByRole('button', { name: 'Show older runs' }).press('Enter');
    await runs(page).getByText('The very first zeppelin').waitFor();
    await page.getByRole('button', { name: /older runs/ }).waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.ariaLabel), patiently).toBe('Runs');
  });

  test('searches all runs of the server, from the top, and follows new ones', async () => {
    const page = await shown.open('/');
    await expect.poll(() => items(page).count(), patiently).toBe(50);
    await page.locator('.run-list-scroll').evaluate((it) => it.scrollTo(0, 2000));
    await page.keyboard.press('/');
    await page.getByLabel('Search runs').pressSequentially('ZEPPELIN first');
    await page.getByText('1 match', { exact: true }).waitFor();
    expect(await items(page).allInnerTexts()).toEqual([expect.stringContaining('The very first zeppelin')]);
    expect(await page.locator('.run-list-scroll').evaluate((it) => it.scrollTop)).toBe(0);
    expect(await page.getByRole('button', { name: /older/ }).count()).toBe(0);
    await ended('Another first: a Zeppelin');
    await ended('No airship');
    await page.getByText('2 matches', { exact: true }).waitFor();
    await page.getByLabel('Search runs').fill('no such words');
    await page.getByText('No matches', { exact: true }).waitFor();
    expect(await items(page).count()).toBe(0);
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByLabel('Search runs').fill('');
    await expect.poll(() => items(page).count(), patiently).toBe(50);
    expect(complaintsOf(page)).toEqual([]);
  });

  test('finds a run by the beginning of its id, and by no other part of it', async () => {
    const runId = await ended('Found by its id');
    const page = await shown.open('/');
    await page.getByLabel('Search runs').fill(runId.slice(0, -3));
    await runs(page).getByText('Found by its id').waitFor();
    // A busy server may end a page of a search before it has looked at all runs.
    await page.getByText(/^(?:1 match|1\+ matches)$/).waitFor();
    await page.getByLabel('Search runs').fill(runId.slice(5));
    await page.getByText(/^No matches(?: so far)?$/).waitFor();
    expect(await items(page).count()).toBe(0);
  });

  test('follows the runs of a filter: one that ends leaves Live, and is in Stopped', async () => {
    const runId = await shown.start({ task: 'Soon cancelled', pipeline, models: slow });
    const live = await shown.open('/');
    await live.getByRole('button', { name: 'Live', exact: true }).click();
    await runs(live).getByText('Soon cancelled').waitFor();
    // None of these can be deleted.
    expect(await live.getByRole('button', { name: 'Delete all…' }).count()).toBe(0);
    const stopped = await shown.open('/');
    await stopped.getByRole('button', { name: 'Stopped', exact: true }).click();
    await stopped.getByText(/^(?:No matches|\d+ match(?:es)?)$/).waitFor();
    expect(await runs(stopped).getByText('Soon cancelled').count()).toBe(0);
    await shown.stagewire.run(runId).cancel();
    await runs(stopped).getByText('Soon cancelled').waitFor();
    await stopped.getByRole('button', { name: 'Delete all…' }).waitFor();
    await expect.poll(() => runs(live).getByText('Soon cancelled').count(), patiently).toBe(0);
  });

  test('shows the runs with a label, chosen in the list or on the page of a run', async () => {
    const runId = await ended('Labelled once', { suite: 'one of a kind' });
    const page = await shown.open(`/runs/${runId}`, phone);
    await page.locator('.run-facts').getByRole('button', { name: 'suite: one of a kind' }).tap();
    await page.getByText('1 match', { exact: true }).waitFor();
    await runs(page).getByText('Labelled once').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove the label filter suite: one of a kind' }).tap();
    await expect.poll(() => items(page).count(), patiently).toBe(50);
  });

  test('deletes a run after a confirmation, in every open page', async () => {
    const runId = await ended('To be deleted');
    const [page, list, run] = [
      await shown.open('/'),
      await shown.open('/'),
      await shown.open(`/runs/${runId}`),
    ];
    await run.getByRole('heading', { name: 'To be deleted' }).waitFor();
    await runs(list).getByText('To be deleted').waitFor();
    await page.getByRole('button', { name: 'Delete run: To be deleted' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('To be deleted').waitFor();
    await dialog.getByText('This cannot be undone.').waitFor();
    expect(await focusedText(page)).toBe('Keep run');
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await runs(page).getByText('To be deleted').count()).toBe(1);
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Delete run' }).click();
    for (const open of [page, list])
      await expect.poll(() => runs(open).getByText('To be deleted').count(), patiently).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Runs');
    await run.getByRole('heading', { name: 'This run was deleted' }).waitFor();
    expect(await seriousProblems(run)).toEqual([]);
    await run.reload();
    await run.getByRole('heading', { name: 'This run was deleted or has expired' }).waitFor();
    for (const open of [page, list, run]) expect(complaintsOf(open)).toEqual([]);
  });

  test('a run is deleted from its own page, and only once it has ended', async () => {
    const runId = await shown.start({ task: 'Still running', pipeline, models: slow });
    const page = await shown.open(`/runs/${runId}`);
    const controls = page.getByRole('group', { name: 'Run controls' });
    await controls.getByRole('button', { name: 'Cancel run' }).waitFor();
    expect(
      await page
        .getByRole('button', { name: /^Delete/ })
        .filter({ hasText: /Delete/ })
        .count(),
    ).toBe(0);
    expect(await page.getByRole('button', { name: 'Delete run: Still running' }).count()).toBe(0);
    await shown.stagewire.run(runId).cancel();
    await controls.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete run' }).click();
    await page.getByRole('heading', { name: 'This run was deleted' }).waitFor();
    await expect.poll(() => runs(page).getByText('Still running').count(), patiently).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
  });

  test('names a rejected deletion, and can try again', async () => {
    const runId = await ended('Kept at first');
    const page = await shown.open(`/runs/${runId}`);
    await page.route(/runs\.delete/, reject);
    await page.getByRole('group', { name: 'Run controls' }).getByRole('button', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Delete run' }).click();
    await dialog.getByText('Not deleted. Busy, for once.').waitFor();
    await page.unroute(/runs\.delete/);
    await dialog.getByRole('button', { name: 'Delete run' }).click();
    await page.getByRole('heading', { name: 'This run was deleted' }).waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });

  test('deletes all runs of a selection: counted, confirmed, and with its failures named', async () => {
    const ids: string[] = [];
    for (let at = 1; at <= 12; at += 1) ids.push(await ended(`Checked ${at}`, { made: 'by verify' }));
    const live = await shown.start({
      task: 'Checked now',
      pipeline,
      models: slow,
      labels: { made: 'by verify' },
    });
    const page = await shown.open('/');
    const watcher = await shown.open('/');
    await runs(watcher).getByText('Checked 12').waitFor();
    expect(await page.getByRole('button', { name: 'Delete all…' }).count()).toBe(0);
    await page.getByLabel('Search runs').fill('verify');
    await page.getByText('13 matches', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete all…' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Selected by search “verify”.').waitFor();
    await dialog.getByText('1 run has not ended and is kept.').waitFor();
    await dialog.getByText('12 runs', { exact: true }).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.route(/runs\.delete/, (route) =>
      route
        .request()
        .postData()
        ?.includes(ids[3] ?? '') === true
        ? reject(route)
        : route.continue(),
    );
    await dialog.getByRole('button', { name: 'Delete 12 runs' }).click();
    await dialog.getByText('11 of 12 runs deleted, 1 failed.').waitFor();
    const failures = dialog.getByRole('list', { name: 'Runs that were not deleted' });
    expect(await failures.innerText()).toContain('Checked 4');
    expect(await failures.innerText()).toContain('Busy, for once.');
    expect(await seriousProblems(page)).toEqual([]);
    await page.unroute(/runs\.delete/);
    await dialog.getByRole('button', { name: 'Retry failed' }).click();
    await dialog.getByText('12 of 12 runs deleted.').waitFor();
    await dialog.locator('.modal-actions').getByRole('button', { name: 'Close' }).click();
    await page.getByText('1 match', { exact: true }).waitFor();
    await expect
      .poll(
        () =>
          runs(watcher)
            .getByText(/^Checked \d+$/)
            .count(),
        patiently,
      )
      .toBe(0);
    await runs(watcher).getByText('Checked now').waitFor();
    await shown.stagewire.run(live).cancel();
    expect(complaintsOf(page)).toEqual([]);
  });
});

async function ended(task: string, labels: Record<string, string> = {}): Promise<string> {
  const runId = await shown.start({ task, pipeline, labels });
  await shown.stagewire.run(runId).result();
  return runId;
}

function runs(page: Page) {
  return page.getByRole('list', { name: 'Runs', exact: true });
}

function items(page: Page) {
  return runs(page).locator('.run-item');
}

function focusedText(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.textContent);
}

/** Answers as a server that rejects the call. */
function reject(route: Route): Promise<void> {
  const stagewire = { code: 'FORBIDDEN', retryable: false };
  const data = { code: 'FORBIDDEN', httpStatus: 403, stagewire };
  return route.fulfill({ status: 403, json: { error: { message: 'Busy, for once.', code: -32003, data } } });
}
