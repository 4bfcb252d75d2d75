import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf } from '../support/console.ts';
import { reviewedRun } from '../support/reviewed-run.ts';
import { openScriptedConsole, type ScriptedConsole } from '../support/scripted-console.ts';
import { framesFrom } from '../support/watched-page.ts';

const inChromium = await describeInChromium();
const reviewed = 'run_reviewed-versions';

let shown: ScriptedConsole;

inChromium('the console, with the versions of a file,', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openScriptedConsole();
    const { bodies, ending } = reviewedRun();
    await shown.runs.append(reviewed, ...bodies, ...ending);
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  // Broken once: the page asked the server for the file at the end of each attempt.
  test('fetches none of them', async () => {
    const page = await shown.open('/');
    const requests = requestsOf(page);
    await page.goto(new URL(`/runs/${reviewed}?file=src/queue.ts`, page.url()).href);
    const viewer = page.locator('.file-viewer');
    await viewer.getByText('3 lines, Refiner, stage 3, attempt 2').waitFor();
    await viewer.getByRole('button', { name: 'Changes' }).click();
    await viewer.getByText('2 lines added, 1 removed').waitFor();
    await page.getByLabel('Version').selectOption({ index: 0 });
    await viewer.getByText('1 line added, 1 removed').waitFor();
    const asked = requests().join('\n');
    // The subscription to the run.
    expect(asked.match(/runs\.events/g)).toHaveLength(1);
    expect(asked).not.toContain('runs.files');
    expect(complaintsOf(page)).toEqual([]);
  });
});

function requestsOf(page: Page): () => readonly string[] {
  const urls: string[] = [];
  page.on('request', (request) => urls.push(request.url()));
  const frames = framesFrom(page);
  return () => [...urls, ...frames];
}
