import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { complaintsOf, openConsole, seriousProblems, type Console } from '../support/console.ts';
import { createModelServer, type ModelServer } from '../support/model-server.ts';

const inChromium = await describeInChromium();

let shown: Console;
const servers: ModelServer[] = [];

inChromium('the models to choose from', { timeout: 40_000 }, () => {
  beforeAll(async () => {
    const anthropic = await createModelServer(['claude-sonnet-5', 'claude-haiku-5']);
    const openrouter = await createModelServer(
      Array.from({ length: 120 }, (_, index) => `maker/model-${index}`),
    );
    servers.push(anthropic, openrouter);
    shown = await openConsole({
      model: 'rehearsal/tps=0,ttft=0,seed=7,reasoning=0',
      env: {
        ANTHROPIC_API_KEY: 'key-of-anthropic',
        ANTHROPIC_BASE_URL: anthropic.url,
        OPENROUTER_API_KEY: 'key-of-openrouter',
        OPENROUTER_BASE_URL: `${openrouter.url}/v1`,
        OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1',
      },
    });
  }, 60_000);
  afterAll(async () => {
    await shown?.[Symbol.asyncDispose]();
    await Promise.all(servers.map((it) => it[Symbol.asyncDispose]()));
  });

  test('are those of the providers, searched by words and chosen by keys', async () => {
    const page = await openForm();
    await page.getByText('Anthropic: 2 models, OpenRouter: 120 models.').waitFor();
    await page.getByText(/^Ollama: not listed\. .*127\.0\.0\.1:9/).waitFor();
    const field = page.getByLabel('Model, All roles');
    await field.press('ArrowDown');
    const list = page.getByRole('listbox', { name: 'Models for All roles' });
    expect(await list.getByRole('group').evaluateAll((all) => all.map((it) => it.ariaLabel))).toEqual([
      'Set on this server',
      'Anthropic',
      'OpenRouter, 50 of 120: type to search',
      'Rehearsal (simulated)',
    ]);
    expect(await seriousProblems(page)).toEqual([]);
    await field.fill('MODEL-11 maker');
    await page.getByText('11 models').waitFor();
    await field.press('ArrowDown');
    await field.press('ArrowDown');
    const active = list.locator('[data-active]');
    expect(await active.textContent()).toBe('openrouter/maker/model-110');
    expect(await field.getAttribute('aria-activedescendant')).toBe(await active.getAttribute('id'));
    await field.press('ArrowUp');
    await field.press('ArrowUp');
    await field.press('Enter');
    expect(await field.inputValue()).toBe('openrouter/maker/model-119');
    expect(await list.count()).toBe(0);
    // What was chosen is no search.
    await field.press('ArrowUp');
    expect(await list.getByRole('group').count()).toBe(4);
    await field.press('Escape');
    expect(await list.count()).toBe(0);
    expect(new URL(page.url()).pathname).toBe('/');
    expect(complaintsOf(page)).toEqual([]);
  });

  test('are chosen by a click, and any other can be typed', async () => {
    const page = await openForm();
    await page.getByLabel('Task').fill('A parser');
    await page.getByRole('button', { name: 'Show models for Coder' }).click();
    const list = page.getByRole('listbox', { name: 'Models for Coder' });
    await list.getByRole('option', { name: 'rehearsal/tps=0', exact: true }).click();
    expect(await page.getByLabel('Model, Coder').inputValue()).toBe('rehearsal/tps=0');
    expect(await list.count()).toBe(0);
    const reviewer = page.getByLabel('Model, Reviewer');
    await reviewer.fill('rehearsal/tps=0,verdict=approved,reasoning=0');
    await page.getByText('No listed model matches').waitFor();
    await reviewer.press('Tab');
    expect(await page.getByRole('listbox').count()).toBe(0);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: /Run completed/ }).waitFor();
    const { models } = await shown.stagewire
      .run(new URL(page.url()).pathname.split('/').at(-1) ?? '')
      .snapshot();
    expect(models).toMatchObject({
      coder: 'rehearsal/tps=0',
      reviewer: 'rehearsal/tps=0,verdict=approved,reasoning=0',
    });
  });

  test('are fetched when their section is opened, and their absence is shown', async () => {
    const page = await shown.open('/');
    let asked = 0;
    const held = Promise.withResolvers<void>();
    await page.route(/models\.list/, async (route) => {
      asked += 1;
      if (asked > 1) return route.continue();
      await held.promise;
      return route.fulfill({
        status: 403,
        contentType: 'application/json',
        body: JSON.stringify({
          error: {
            message: 'Not permitted.',
            code: -32003,
            data: { code: 'FORBIDDEN', httpStatus: 403, stagewire: { code: 'FORBIDDEN', retryable: false } },
          },
        }),
      });
    });
    await page.getByText('The default model is simulated.').waitFor();
    expect(asked).toBe(0);
    await page.getByText('Models and instructions').click();
    await page.getByText('Loading the models that this server can use').waitFor();
    const field = page.getByLabel('Model, All roles');
    await field.press('ArrowDown');
    await page.getByText('Loading the models of the providers').waitFor();
    await page.getByRole('option', { name: 'rehearsal', exact: true }).waitFor();
    held.resolve();
    const problem = page.getByText(
      'The models could not be loaded. Not permitted. A model can still be typed.',
    );
    await problem.waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    await field.press('Escape');
    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByText('Anthropic: 2 models').waitFor();
    expect(asked).toBe(2);
  });
});

async function openForm(): Promise<Page> {
  const page = await shown.open('/');
  await page.getByText('Models and instructions').click();
  return page;
}
