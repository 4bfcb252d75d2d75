import type { Locator, Page } from 'playwright-core';
import { unzipSync, strFromU8 } from 'fflate';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';

/** A busy machine takes longer than a second to draw something. */
const patiently = { timeout: 15_000 };
const inChromium = await describeInChromium();
const fast = 'rehearsal/tps=0,ttft=0,seed=7,reasoning=80';
const slow = 'rehearsal/tps=40,ttft=0,seed=7,reasoning=0';

let shown: Console;

inChromium('the console', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: fast });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('starts a run from the form and shows its stages, review, files and usage', async () => {
    const page = await shown.open('/');
    await page.getByText('The default model is simulated.').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Rate limiter, TypeScript' }).click();
    await page.getByLabel('Tester').check();
    await page.getByText('Models and instructions').click();
    await page.getByLabel('Instruction, Coder').fill('No classes.');
    await giveFile(page, 'notes/limits.md', '100 requests a minute');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: 'Run completed, approved' }).waitFor();

    const runId = runIdOf(page);
    const state = await shown.stagewire.run(runId).snapshot();
    expect(state.instructions).toEqual({ coder: 'No classes.' });
    expect(state.pipeline.roles).toContain('tester');
    const chips = page.getByRole('navigation', { name: 'Stages' }).getByRole('button', { name: /^Stage \d/ });
    await page.getByRole('button', { name: /^Review ×2/ }).click();
    expect(await chips.count()).toBe(state.stages.length);

    await page.keyboard.press('2');
    await page.getByRole('tabpanel').getByText('approved').waitFor();
    await chips.filter({ hasText: 'Reviewer' }).first().click();
    await page.locator('.stage-view .badge', { hasText: 'changes requested' }).waitFor();
    const place = page.locator('.stage-view .issue button').first();
    const [file, line] = (await place.innerText()).split(':');
    await place.click();
    await page.getByRole('heading', { name: file ?? '' }).waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('line'), patiently).toBe(line);
    expect(await seriousProblems(page)).toEqual([]);

    await page.keyboard.press('4');
    const total = page.getByRole('row', { name: /^Run/ });
    expect(await total.innerText()).toContain(state.usage.outputTokens.toLocaleString('en'));
    expect(complaintsOf(page)).toEqual([]);
  });

  test('downloads the files of a run as a ZIP, byte for byte', async () => {
    const runId = await shown.start({ task: 'A parser in Python', pipeline: { roles: ['coder'] } });
    await shown.stagewire.run(runId).result();
    const page = await shown.open(`/runs/${runId}?panel=files`);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download ZIP' }).click();
    const zip = unzipSync(await readFile(await (await download).path()));
    const files = await shown.stagewire.run(runId).files();
    const given = Object.fromEntries(Object.entries(zip).map(([path, bytes]) => [path, strFromU8(bytes)]));
    expect(files.length).toBeGreaterThan(0);
    expect(given).toEqual(Object.fromEntries(files.map((it) => [`${runId}/${it.path}`, it.text])));
  });

  test('steers a stage, shows the outcome, and keeps the earlier attempt', async () => {
    const page = await openSlowRun({ task: 'A parser', pipeline: { roles: ['architect'] } });
    await page.locator('.prose').first().waitFor();
    await page.keyboard.press('s');
    await page.keyboard.type('Only the parts that matter.');
    await page.keyboard.press('Enter');
    await page.getByRole('tabpanel').getByText('Applied to Architect, attempt 2').waitFor();
    await page.locator('.prompt-notes').getByText('Only the parts that matter.').waitFor();

    await attemptButton(page, 1).click();
    const ending = page.locator('.attempt-end');
    await ending.getByText(/Interrupted after [\d,]+ characters by a steer/).waitFor();
    await ending.getByText('Only the parts that matter.').waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.keyboard.press('l');
    await expect.poll(() => page.url(), patiently).not.toContain('attempt=');
  });

  test('targets the stage that was current when typing started, and offers the current one', async () => {
    const page = await openSlowRun({ task: 'A parser', pipeline: { roles: ['architect', 'coder'] } });
    await page.getByText('To Architect, stage 1').waitFor();
    await page.getByLabel('Instruction for the model').fill('Fewer words');
    await shown.stagewire.run(runIdOf(page)).cancel({ target: 'stage', expect: { stage: 1 } });
    await page.getByText(/You started typing in Architect, stage 1\. The run is now in Coder/).waitFor();
    await page.getByRole('button', { name: 'Steer', exact: true }).click();
    const latest = page.getByRole('list', { name: 'Latest commands' });
    await latest
      .getByText(/Rejected: that stage had already finished; the run is now in Coder, stage 2/)
      .waitFor();
    await latest.getByRole('button', { name: 'Send to Coder, stage 2' }).click();
    await page.getByRole('tabpanel').getByText('Applied to Coder, attempt 2').waitFor();
    expect(await latest.count()).toBe(0);
  });

  // Broken once: with the latest commands beside the box whatever the panel shows, this was red.
  test('shows a command beside the steer box only while the command list is not visible', async () => {
    const runId = await shown.start({
      task: 'A parser',
      pipeline: { roles: ['architect', 'coder'] },
      models: { default: slow },
    });
    const page = await shown.open(`/runs/${runId}`, { viewport: { width: 1000, height: 900 } });
    const latest = page.getByRole('list', { name: 'Latest commands' });
    const listed = page.getByRole('tabpanel').getByRole('listitem');
    await page.locator('.prose').first().waitFor();
    await page.getByLabel('Instruction for the model').fill('Only the parts that matter.');
    await page.keyboard.press('Enter');
    await latest.getByText('Applied to Architect, attempt 2').waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
    await listed.getByText('Applied to Architect, attempt 2').waitFor();
    await latest.waitFor({ state: 'detached' });

    await page.getByRole('radio', { name: 'Next stage' }).check();
    await page.getByLabel('Instruction for the model').fill('Name the modules.');
    await page.keyboard.press('Enter');
    await listed.getByText('Accepted; applies to the next stage').waitFor();
    expect(await latest.count()).toBe(0);
    await page.getByRole('tab', { name: 'Files' }).click();
    await latest.getByText('Accepted; applies to the next stage').waitFor();
    await page.getByRole('tab', { name: 'Commands' }).click();
    await latest.waitFor({ state: 'detached' });
    await shown.stagewire.run(runId).cancel();
  });

  test('redirects, cancels a stage and cancels the run, each with a dialog', async () => {
    const page = await openSlowRun({ task: 'A parser', pipeline: { roles: ['architect', 'coder'] } });
    await page.locator('.prose').first().waitFor();
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Ends Architect, stage 1, and starts the selected role.').waitFor();
    await dialog.getByRole('combobox').selectOption('documenter');
    await dialog.getByLabel(/Instruction/).fill('Say what it is for.');
    expect(await seriousProblems(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Redirect' }).click();
    const chips = page.getByRole('navigation', { name: 'Stages' });
    await chips.getByRole('button', { name: /Stage 2, running: Documenter/ }).waitFor();
    await page.keyboard.press('x');
    await dialog.getByRole('button', { name: 'Cancel stage' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    await chips.getByRole('button', { name: /Stage 1/ }).click();
    await page.getByText(/Interrupted after [\d,]+ characters by a redirect/).waitFor();

    const other = await openSlowRun({ task: 'A parser', pipeline: { roles: ['architect'] } });
    await other.locator('.prose').first().waitFor();
    await other.getByRole('button', { name: 'Cancel run' }).click();
    await other
      .getByRole('dialog')
      .getByLabel(/Reason/)
      .fill('Wrong task');
    await other.getByRole('dialog').getByRole('button', { name: 'Cancel run' }).click();
    await other.getByRole('heading', { name: 'Run cancelled' }).waitFor();
    await other.locator('.run-result').getByText('Wrong task').waitFor();
  });

  test('proposes an instruction, and never replaces what was typed', async () => {
    const page = await openSlowRun({ task: 'A parser', pipeline: { roles: ['architect'] } });
    await page.getByRole('button', { name: 'Make it shorter.' }).click();
    const box = page.getByLabel('Instruction for the model');
    await expect.poll(() => box.inputValue(), patiently).toBe('Make it shorter.');
    await page.getByText('To Architect, stage 1').waitFor();
    await page.getByRole('button', { name: 'Keep it in one file.' }).click();
    expect(await box.inputValue()).toBe('Make it shorter.');
    await page.keyboard.press('Enter');
    await page.getByRole('tabpanel').getByText('Applied to Architect, attempt 2').waitFor();
    await shown.stagewire.run(runIdOf(page)).cancel();
  });

  // Broken once: with timers that begin at moments of their own this is red in about one of two runs, as chance has it.
  test('never shows a stage as longer than its run', async () => {
    const runId = await shown.start({ task: 'A parser', models: { default: slow } });
    const page = await shown.open(`/runs/${runId}`);
    await page.locator('.stage-chip-facts').first().waitFor();
    const { steps, wrong } = await page.evaluate(async () => {
      const look = () => {
        const [stage = '', run = ''] = ['.stage-chip-facts', '.run-facts'].map(
          (selector) => /([\d.]+) s/.exec(document.querySelector(selector)?.textContent ?? '')?.[1],
        );
        return { stage, run, isRight: Number(stage) <= Number(run) };
      };
      const wrong: string[] = [];
      const steps = new Set<string>();
      for (const end = performance.now() + 2500; performance.now() < end;) {
        // The two are drawn one after the other, by timers of one instant: one that is set behind them comes later.
        if (!look().isRight) await new Promise((resolve) => setTimeout(resolve, 50));
        const { stage, run, isRight } = look();
        steps.add(stage);
        if (!isRight) wrong.push(`${stage} s of ${run} s`);
        await new Promise(requestAnimationFrame);
      }
      return { steps: steps.size, wrong };
    });
    expect(wrong).toEqual([]);
    expect(steps).toBeGreaterThan(3);
    await shown.stagewire.run(runId).cancel();
  });

  // Broken once: with `maxLength` on the field, which cuts what is pasted without a word, this was red.
  test('reports an instruction that is too long, without truncating it', async () => {
    const runId = await shown.start({ task: 'A parser', models: { default: slow } });
    const page = await shown.open(`/runs/${runId}`);
    const box = page.getByLabel('Instruction for the model');
    await box.fill('x'.repeat(20_001));
    await page.getByRole('alert').getByText('20,001 characters; the limit is 20,000.').waitFor();
    expect(await page.getByRole('button', { name: 'Steer', exact: true }).isDisabled()).toBe(true);
    await box.fill('x'.repeat(20_000));
    expect(await page.getByRole('button', { name: 'Steer', exact: true }).isDisabled()).toBe(false);
    await page.getByRole('button', { name: 'Cancel run' }).click();
    const reason = page.getByRole('dialog').getByLabel(/Reason/);
    await reason.fill('x'.repeat(2001));
    await page.getByRole('alert').getByText('2,001 characters; the limit is 2,000.').waitFor();
    expect(await reason.getAttribute('aria-invalid')).toBe('true');
    await shown.stagewire.run(runId).cancel();
  });

  test('shows two pages of one run each other’s commands', async () => {
    const runId = await shown.start({
      task: 'A parser',
      pipeline: { roles: ['architect'] },
      models: { default: slow },
    });
    const [one, other] = await Promise.all([shown.open(`/runs/${runId}`), shown.open(`/runs/${runId}`)]);
    await one.getByLabel('Instruction for the model').fill('For the first time');
    await one.getByRole('button', { name: 'Steer', exact: true }).click();
    const seen = other.getByRole('tabpanel').locator('.command', { hasText: 'For the first time' });
    await seen.getByText(/Applied/).waitFor();
    expect(await seen.innerText()).toContain('local,');
    expect(await one.getByRole('tabpanel').locator('.command').innerText()).toContain('You,');
  });

  test('finds a run in the live run list', async () => {
    const page = await shown.open('/');
    const runs = page.getByRole('list', { name: 'Runs' });
    const runId = await shown.start({
      task: 'A very odd zeppelin',
      pipeline: { roles: ['architect'] },
      labels: { team: 'airship' },
    });
    await runs.getByText('A very odd zeppelin').waitFor();
    await page.keyboard.press('Tab');
    await page.getByLabel('Search runs').fill('airship');
    await expect.poll(() => runs.getByRole('link').count(), patiently).toBe(1);
    await page.getByRole('button', { name: 'Stopped' }).click();
    await page.getByText('No matches', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await runs.getByRole('link', { name: /zeppelin/ }).click();
    expect(page.url()).toContain(runId);
  });

  test('renders a model’s output as text and links only', async () => {
    const page = await openSlowRun({ task: 'A parser', pipeline: { roles: ['architect'] } });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).host));
    await page
      .getByLabel('Instruction for the model')
      .fill(
        '<img src=http://127.0.0.1:9/a.png onerror="window.hacked=1"> ![b](http://127.0.0.1:9/b.png) [c](javascript:window.hacked=1) [d](https://example.org/d) <b>bold</b>',
      );
    await page.getByRole('button', { name: 'Steer', exact: true }).click();
    const link = page.locator('.model-text a', { hasText: /^d$/ });
    await link.waitFor();
    expect(await link.getAttribute('rel')).toContain('noopener');
    await expect.poll(() => page.locator('.model-text').innerText(), patiently).toContain('<img src=http');
    expect(
      await page.locator('.model-text :is(img, b, script, iframe), .model-text a[href^=javascript]').count(),
    ).toBe(0);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(asked.filter((host) => host !== new URL(shown.url).host)).toEqual([]);
  });
});

function runIdOf(page: Page): string {
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

async function openSlowRun(input: Parameters<Console['start']>[0]): Promise<Page> {
  const runId = await shown.start({ ...input, models: { default: slow, ...input.models } });
  return shown.open(`/runs/${runId}`);
}

async function giveFile(page: Page, name: string, text: string): Promise<void> {
  await page
    .getByLabel('Choose context files')
    .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  await page.getByText(name.slice(name.lastIndexOf('/') + 1)).waitFor();
}

function attemptButton(page: Page, attempt: number): Locator {
  return page.getByRole('group', { name: 'Attempts' }).getByRole('button', { name: `Attempt ${attempt}` });
}
