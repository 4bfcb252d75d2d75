import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';

const patiently = { timeout: 15_000 };
const inChromium = await describeInChromium();

let shown: Console;

inChromium('the console', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    shown = await openConsole({ model: 'rehearsal/tps=0,ttft=0,seed=7,reasoning=0' });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
  });

  test('starts a run with labels and limits, and fills the form with all of it again', async () => {
    const page = await shown.open('/');
    await page.getByLabel('Task').fill('A parser\nfor two formats');
    for (const role of ['Coder', 'Reviewer', 'Refiner', 'Documenter'])
      await page.getByLabel(role, { exact: true }).uncheck();
    await page.getByLabel('Maximum refinements').selectOption('once');
    await page
      .getByLabel('Choose context files')
      .setInputFiles([textFile('a.md', 'one\n'), textFile('b.md', 'two')]);
    await page.getByText('Models and instructions').click();
    await page.getByLabel('Model, Architect').fill('rehearsal/tps=0,seed=3');
    await page.getByLabel('Instruction, All roles').fill('Short.');
    await page.getByText('Effort and output length').click();
    await page.getByLabel('Effort, Architect').selectOption('low');
    await page.getByLabel('Max output tokens, Architect').fill('4000');
    await page.getByText('Labels and limits').click();
    await page.getByRole('button', { name: 'Add label' }).click();
    await page.keyboard.type('team');
    await page.keyboard.press('Tab');
    await page.keyboard.type('gateway');
    await page.getByLabel('Maximum attempts per stage').fill('3');
    const duration = page.getByLabel('Maximum duration of the run');
    const unit = page.getByLabel('Unit of the duration');
    expect([await duration.getAttribute('placeholder'), await unit.inputValue()]).toEqual(['24', 'hours']);
    await unit.selectOption('minutes');
    await duration.fill('90');
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    const first = await shown.stagewire.run(runIdOf(page)).snapshot();
    expect(first.settings).toEqual({ architect: { effort: 'low', maxOutputTokens: 4000 } });
    expect(first.labels).toEqual({ team: 'gateway' });
    expect(first.limits).toEqual({ maxAttemptsPerStage: 3, maxDurationMs: 90 * 60_000 });

    await page.getByRole('link', { name: 'Start a similar run' }).click();
    await page.getByText(/Form filled with the input of run_.*, with 2 context files/).waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(await page.getByLabel('Task').inputValue()).toBe('A parser\nfor two formats');
    await page.getByText('b.md').waitFor();
    await page.getByText('Effort and output length').click();
    expect(await page.getByLabel('Effort, Architect').inputValue()).toBe('low');
    expect(await page.getByLabel('Max output tokens, Architect').inputValue()).toBe('4000');
    await page.getByText('Labels and limits').click();
    expect(await page.getByLabel('Value of label 1').inputValue()).toBe('gateway');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    expect(runIdOf(page)).not.toBe(first.runId);
    const second = await shown.stagewire.run(runIdOf(page)).snapshot();
    const given = ['task', 'pipeline', 'models', 'settings', 'instructions', 'labels', 'limits'] as const;
    for (const field of given) expect(second[field]).toEqual(first[field]);
    expect(await contextFiles(second.runId)).toEqual(await contextFiles(first.runId));
    expect(complaintsOf(page)).toEqual([]);
  });

  test('shows errors at their fields, focuses the first and expands its section', async () => {
    const page = await shown.open('/');
    await page.getByText('The default model is simulated.').waitFor();
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByText('Enter a task.').waitFor();
    expect(await focused(page)).toBe('task');
    await page.getByLabel('Task').fill('A parser');
    await page.getByText('Labels and limits').click();
    await page.getByLabel('Maximum attempts per stage').fill('99');
    await page.getByLabel('Maximum duration of the run').focus();
    await page.getByText('A whole number from 1 to 32.').waitFor();
    await page.getByText('Labels and limits').click();
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByText('A whole number from 1 to 32.').waitFor();
    expect(await focused(page)).toBe('attempts');
    await page.getByText('Effort and output length').click();
    await page.getByLabel('Max output tokens, Coder').fill('1e6');
    await page.getByText('A whole number from 1 to 10,000,000.').waitFor();
    expect(await page.getByLabel('Max output tokens, Coder').getAttribute('aria-invalid')).toBe('true');
    expect(await seriousProblems(page)).toEqual([]);
    expect(new URL(page.url()).pathname).toBe('/');
  });

  test('shows what the server rejects at its field, until the field changes', async () => {
    const page = await shown.open('/');
    await page.getByText('The default model is simulated.').waitFor();
    await page.getByLabel('Task').fill('A parser');
    const section = page.getByText('Models and instructions');
    await section.click();
    await page.getByLabel('Model, All roles').fill('anthropic/claude');
    await page.getByLabel('Model, Coder').fill('openai/gpt');
    await section.click();
    await page.getByRole('button', { name: 'Start run' }).click();
    const problem = page.locator('#models-default-problem');
    await problem.getByText(/"anthropic\/claude" cannot be used/).waitFor();
    expect(await focused(page)).toBe('models.default');
    await page.getByText('Not started. The server rejected the marked fields.').waitFor();
    expect(await page.getByText(/models\.default/).count()).toBe(0);
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByLabel('Model, All roles').fill('rehearsal/tps=0');
    await problem.waitFor({ state: 'detached' });
    await page.getByLabel('Model, Coder').fill('');
    await page.getByText('Not started.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    expect(complaintsOf(page)).toEqual([]);
  });

  // Broken once: with the problem told at once it moved the button, the click went nowhere, and this was red.
  test('handles the click that leaves an invalid field', async () => {
    const page = await shown.open('/');
    await page.getByText('Models and instructions').click();
    await page.getByText('Labels and limits').click();
    await page.getByLabel('Model, Coder').fill('gpt-5');
    await page.getByRole('button', { name: 'Add label' }).scrollIntoViewIfNeeded();
    const button = await page.getByRole('button', { name: 'Add label' }).boundingBox();
    if (button === null) throw new Error('there is no button');
    await page.mouse.move(button.x + button.width / 2, button.y + button.height / 2);
    await page.mouse.down();
    // A click has a length, in which the field loses the focus.
    await page.waitForTimeout(100);
    await page.mouse.up();
    await page.getByLabel('Name of label 1').waitFor();
    expect(await page.locator('#models-coder-problem').count()).toBe(1);
  });

  test('keeps the draft of the form during a visit to a run', async () => {
    const runId = await shown.start({ task: 'To be looked at', pipeline: { roles: ['architect'] } });
    const page = await shown.open('/');
    await page.getByLabel('Task').fill('Half a sentence');
    await page.getByRole('list', { name: 'Runs' }).getByText('To be looked at').click();
    await page.getByRole('heading', { name: 'To be looked at' }).waitFor();
    await page.getByRole('link', { name: 'New run' }).click();
    expect(await page.getByLabel('Task').inputValue()).toBe('Half a sentence');
    await page.getByRole('button', { name: 'Clear form' }).click();
    expect(await page.getByLabel('Task').inputValue()).toBe('');
    await page.goto(`${shown.url}/?like=${runId}x`);
    await page.getByText(/Could not load the input of .* does not exist/).waitFor();
  });

  test('starts one run without navigating if the form was left before the response', async () => {
    await shown.start({ task: 'To be looked at meanwhile', pipeline: { roles: ['architect'] } });
    const page = await shown.open('/');
    const released = Promise.withResolvers<void>();
    await page.route(/runs\.start/, async (route) => {
      const response = await route.fetch();
      await released.promise;
      await route.fulfill({ response });
    });
    const runs = page.getByRole('list', { name: 'Runs' });
    await page.getByLabel('Task').fill('Only once');
    await page.getByRole('button', { name: 'Start run' }).click();
    await runs.getByText('To be looked at meanwhile').click();
    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByRole('button', { name: 'Starting' }).click({ force: true });
    await runs.getByText('To be looked at meanwhile').click();
    const looksAt = page.url();
    const answered = page.waitForResponse(/runs\.start/);
    released.resolve();
    await (await answered).finished();
    await runs.getByText('Only once').waitFor();
    await page.getByRole('heading', { name: 'To be looked at meanwhile' }).waitFor();
    expect(page.url()).toBe(looksAt);
    await page.getByRole('link', { name: 'New run' }).click();
    await page.getByText('Your run has started.').waitFor();
    expect(await page.getByLabel('Task').inputValue()).toBe('');
    expect(await runs.getByText('Only once').count()).toBe(1);
    expect(await seriousProblems(page)).toEqual([]);
  });

  test('confirms before it replaces the content of the form', async () => {
    const runId = await shown.start({ task: 'To be done again', pipeline: { roles: ['architect'] } });
    const page = await shown.open('/');
    await page.getByLabel('Task').fill('Half a sentence');
    const again = async () => {
      await page.getByRole('list', { name: 'Runs' }).getByText('To be done again').click();
      await page.getByRole('link', { name: 'Start a similar run' }).click();
      await page.getByRole('dialog').waitFor();
    };
    await again();
    expect(await seriousProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Keep my input');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Task').inputValue()).toBe('Half a sentence');
    expect(new URL(page.url()).search).toBe('');
    await again();
    await page.getByRole('button', { name: 'Replace' }).click();
    await page.getByText(`Form filled with the input of ${runId}.`).waitFor();
    expect(await page.getByLabel('Task').inputValue()).toBe('To be done again');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(complaintsOf(page)).toEqual([]);
  });

  test('keeps the files of two concurrent drops', async () => {
    const page = await shown.open('/');
    await page.locator('.drop-zone').waitFor();
    await page.evaluate(() => {
      const zone = document.querySelector('.drop-zone');
      for (const name of ['one.md', 'two.md']) {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([name], name));
        zone?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }
    });
    const removers = page.getByRole('button', { name: /^Remove (one|two)\.md$/ });
    await expect.poll(() => removers.count(), patiently).toBe(2);
  });

  test('closes a dialog by a click outside, and not by a selection that ends there', async () => {
    const page = await shown.open('/');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Close a dialog', { exact: false }).hover();
    await page.mouse.down();
    await page.mouse.move(5, 5);
    await page.mouse.up();
    expect(await dialog.count()).toBe(1);
    await page.mouse.click(5, 5);
    await dialog.waitFor({ state: 'detached' });
  });

  test('shows a not-found page for an unknown URL', async () => {
    const page = await shown.open('/');
    const answer = await page.goto(`${shown.url}/nope`);
    expect(answer?.status()).toBe(404);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await page.getByRole('link', { name: 'Start a new run' }).click();
    await page.getByRole('heading', { name: 'New run' }).waitFor();
  });
});

function textFile(name: string, text: string) {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
}

function runIdOf(page: Page): string {
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.getAttribute('name'));
}

async function contextFiles(runId: string) {
  const files: string[] = [];
  for await (const event of shown.stagewire.run(runId).events()) {
    if (event.type === 'input.recorded') files.push(`${event.path}: ${event.text}`);
  }
  return files;
}
