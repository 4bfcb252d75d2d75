import { amountText, costText } from '@stagewire/client';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems } from '../support/console.ts';
import { writePricesFile } from '../support/prices-file.ts';

const inChromium = await describeInChromium();
const model = 'rehearsal/tps=0,ttft=0,seed=3';

inChromium('the console of a server with a price list', { timeout: 60_000 }, () => {
  test('shows the cost of attempts and runs, and what it leaves out', async () => {
    await using prices = await writePricesFile(model);
    await using shown = await openConsole({ model, env: { STAGEWIRE_PRICES: prices.path } });
    const unpriced = 'rehearsal/tps=0,ttft=0';
    const runId = await shown.start({
      task: 'A small queue',
      pipeline: { roles: ['architect', 'coder'] },
      models: { architect: unpriced },
    });
    const state = await shown.stagewire.run(runId).result();
    const total = state.cost ?? expect.fail();
    expect(total.unpricedAttempts).toBe(1);

    const page = await shown.open(`/runs/${runId}?panel=usage`);
    const usage = page.getByRole('tabpanel');
    await usage.getByText('Prices of 2026-11-22. The cost of 1 attempt is unknown.').waitFor();
    const cells = (row: string) => usage.getByRole('row', { name: row }).getByRole('cell').allInnerTexts();
    expect((await cells('1 Architect'))[2]).toBe('–');
    expect((await cells('2 Coder'))[2]).toBe(amountText(total.amount));
    expect((await cells('Run'))[2]).toBe(`≥${amountText(total.amount)}`);
    // A rate is below its time: the panel has no room for a column more.
    const columns = await usage.getByRole('columnheader').allInnerTexts();
    expect(columns).toEqual(['Attempt', 'In', 'Out', 'USD', 'Time']);
    await page.locator('.run-header').getByText(costText(total)).waitFor();
    await page.getByRole('list', { name: 'Runs' }).getByTitle(costText(total)).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    expect(complaintsOf(page)).toEqual([]);
  });

  test('fits the age and cost of a follow-up in the list, and its inherited stages in the tables', async () => {
    await using prices = await writePricesFile(model);
    await using shown = await openConsole({ model, env: { STAGEWIRE_PRICES: prices.path } });
    const source = await shown.start({ task: 'A small queue' });
    await shown.stagewire.run(source).result();
    const followUp = await shown.start({ task: 'Now add tests', from: { runId: source } });
    await shown.stagewire.run(followUp).result();

    const page = await shown.open(`/runs/${followUp}?panel=usage`);
    const facts = page.getByRole('list', { name: 'Runs' }).locator('[aria-current] .run-item-facts');
    await facts.getByText('Follow-up').waitFor();
    expect(await brokenTexts(facts)).toEqual([]);
    const table = page.getByRole('group', { name: 'Usage' });
    await table.getByRole('row', { name: /Documenter, inherited/ }).waitFor();
    expect(await table.evaluate((it) => it.scrollWidth - it.clientWidth)).toBe(0);

    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${shown.url}/runs/${source}/compare/${followUp}`);
    const compared = page.getByRole('table');
    await compared.getByText('Inherited').first().waitFor();
    expect(await brokenTexts(compared.locator('.compare-outcome:has(.badge)').first())).toEqual([]);
  });
});

/** The texts in an element that take more than one line. */
async function brokenTexts(element: Locator): Promise<readonly string[]> {
  return element.evaluate((root) => {
    const broken: string[] = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() !== null) {
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) broken.push(walker.currentNode.textContent ?? '');
    }
    return broken;
  });
}
