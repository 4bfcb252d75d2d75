import { amountText, costText } from '@stagewire/client';
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
    await usage.getByRole('columnheader', { name: 'USD' }).waitFor();
    await page.locator('.run-header').getByText(costText(total)).waitFor();
    await page.getByRole('list', { name: 'Runs' }).getByTitle(costText(total)).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    expect(complaintsOf(page)).toEqual([]);
  });
});
