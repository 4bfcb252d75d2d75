import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { createEmbedScene, type EmbedScene } from '../support/embed-scene.ts';

// Authentication and tests of an app in docs/EMBED.md; the rest of that page is in embed-document.test.ts.

vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 20_000 };
const inChromium = await describeInChromium();

let scene: EmbedScene;
beforeAll(async () => {
  scene = await createEmbedScene(inChromium !== describe.skip);
}, 60_000);
afterAll(() => scene?.[Symbol.asyncDispose]());

describe('docs/EMBED.md, testing', () => {
  test('its test of a bot passes', async () => {
    await writeFile(join(scene.app.path, 'run.jsonl'), await recordedRun());
    await using tests = scene.app.shell('Testing your app: sh');
    expect(await tests.exitCode, tests.output()).toBe(0);
    expect(tests.stdout()).toContain('the bot asks each coder for tests');
  });
});

inChromium('docs/EMBED.md, testing', () => {
  test('its page shows a recorded run, stage by stage, without a server', async () => {
    const page = await scene.newPage();
    const record = await recordedRun();
    await page.route('**/run.jsonl', (route) => route.fulfill({ body: record }));
    await page.goto(`${scene.app.pagesUrl}story.html`);
    const stages = () => page.locator('section p').allTextContents();
    await page.getByRole('heading', { name: 'queued' }).waitFor();
    await page.getByRole('button', { name: 'Next stage' }).click();
    await expect.poll(stages, soon).toEqual(['architect: completed']);
    await page.getByRole('button', { name: 'Next stage' }).click();
    await expect.poll(stages, soon).toEqual(['architect: completed', 'coder: completed']);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'cancelled' }).waitFor();
  });
});

inChromium('docs/EMBED.md, authentication', () => {
  test('shows the runs of whoever the token names, and says when the server does not know it', async () => {
    await scene.signedServer.runs.begin({ owner: 'ann', labels: { team: 'payments' } });
    const openWith = async (token: string) => {
      const page = await scene.newPage();
      await page.route('**/session/stagewire-token', (route) =>
        route.fulfill(route.request().method() === 'POST' ? { body: token } : { status: 405 }),
      );
      await page.goto(`${scene.app.pagesUrl}signed.html`);
      return page;
    };
    const known = await openWith('good');
    expect(await known.getByRole('listitem').textContent()).toBe('task coder');
    const unknown = await openWith('bad');
    expect(await unknown.getByRole('alert').textContent()).toContain('The server does not know you.');
  });

  test('asks for a token, and stops to offer what the caller may not do any more', async () => {
    const runId = await scene.signedServer.runs.begin({ owner: 'ann' });
    await scene.signedServer.runs.say(runId, 'one ');
    const page = await scene.newPage();
    const answers = ['bad', 'good'];
    page.on('dialog', (dialog) => void dialog.accept(answers.shift() ?? 'none is left'));
    await page.goto(`${scene.app.pagesUrl}offered.html?run=${runId}`);
    await page.getByText('You are ann.').waitFor();
    await expect.poll(() => page.locator('section pre').textContent(), soon).toBe('one ');
    expect(answers).toEqual([]);
    const button = page.getByRole('button', { name: 'Shorter' });
    await button.waitFor();
    scene.permit(['runs:read']);
    await button.click();
    await page.getByText('refused The caller does not have the permission runs:control.').waitFor();
    await button.waitFor({ state: 'detached' });
    // The page works on: what the run writes arrives.
    await scene.signedServer.runs.say(runId, 'two ');
    await expect.poll(() => page.locator('section pre').textContent(), soon).toBe('one two ');
  });
});

/** A whole run, as `stagewire watch --json` prints it. */
async function recordedRun(): Promise<string> {
  const quick = 'rehearsal/ttft=0,tps=0,reasoning=0,chars=900,verdict=approved';
  const roles = ['architect', 'coder', 'reviewer', 'documenter'];
  const run = await scene.stagewire.start({
    task: 'A queue',
    models: Object.fromEntries(['default', ...roles].map((role) => [role, quick])),
    pipeline: { roles },
  });
  const events = await Array.fromAsync(run.events());
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
