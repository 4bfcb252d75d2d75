import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildConsole } from '../../console/build.ts';
import { describeInChromium, launchChromium, type Chromium } from '../support/chromium.ts';
import { complaintsOf, noteComplaints, seriousProblems } from '../support/console.ts';
import { startModelCases, type ModelCases } from '../support/model-cases.ts';
import { sloppyCrew, sloppyFiles, sloppyWires } from '../support/sloppy-crew.ts';
import { sloppyFaults } from '../support/sloppy-faults.ts';

/** A busy machine takes longer than a second to draw something. */
const patiently = { timeout: 10_000 };
const inChromium = await describeInChromium();

let cases: ModelCases;
let chromium: Chromium;

inChromium('the console, with answers that all have faults,', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await buildConsole();
    cases = await startModelCases();
    chromium = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await cases?.[Symbol.asyncDispose]();
  });

  test.each(sloppyWires)('over the wire "%s", shows every fault at its attempt', async (_, provider) => {
    const { runId } = await cases.play(sloppyCrew(provider));
    const page = await chromium.newPage({ viewport: { width: 1440, height: 900 } });
    noteComplaints(page);
    const pages = Map.groupBy(
      sloppyFaults,
      ({ page: { stage, attempt } }) => `stage=${stage}&attempt=${attempt}`,
    );
    for (const [query, faults] of pages) {
      await page.goto(`${cases.url}/runs/${runId}?${query}`, { waitUntil: 'commit' });
      await page.locator('.attempt-end').waitFor(patiently);
      const folded = page.locator('details.skipped');
      for (const fault of faults) {
        const shown = page.locator('.stage-view').getByText(fault.page.text).first();
        // Opened at each look, not once: the page closes the list when it draws more blocks than it had.
        const look = async () => {
          await folded.evaluateAll((lists) => lists.forEach((list) => list.setAttribute('open', '')));
          return shown.isVisible();
        };
        await expect.poll(look, { ...patiently, message: `not to be seen: ${fault.name}` }).toBe(true);
      }
    }
    // A thought is folded away, so that nobody takes it for the answer.
    await page.goto(`${cases.url}/runs/${runId}?stage=8&attempt=2`);
    await page.getByText('Reasoning before the answer').click();
    await page.locator('.reasoning-text').getByText('I could begin with a mock.').waitFor(patiently);
    expect(await page.locator('.model-text').innerText()).not.toContain('mock');
    // What it comes to: in the line of stages, in the result, and among the files.
    await page.goto(`${cases.url}/runs/${runId}`);
    await page.locator('.stage-line').getByText('truncated').waitFor(patiently);
    await page.locator('.run-result').getByText('Reached the model’s length limit').waitFor(patiently);
    await page.locator('.run-result').getByText('verdict unknown').waitFor(patiently);
    await page.goto(`${cases.url}/runs/${runId}?panel=files`);
    const listed = page.getByRole('tabpanel').locator('.file-tree button');
    await listed.first().waitFor(patiently);
    await expect.poll(() => listed.count()).toBe(Object.keys(sloppyFiles).length);
    expect(await seriousProblems(page)).toEqual([]);
    expect(complaintsOf(page)).toEqual([]);
  });
});
