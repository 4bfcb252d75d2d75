import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Run, type Stagewire } from '@stagewire/client';
import type { Page } from 'playwright-core';
import { preview } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { describeInChromium, launchChromium, type Chromium } from '../support/chromium.ts';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { seriousProblems } from '../support/console.ts';
import { linkCheckout } from '../support/embedding-app.ts';
import { makeAccessKey, revokeAccessKey } from '../support/make-access-key.ts';
import { startServerProcess } from '../support/server-process.ts';
import { projectRoot, textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { complaintsOf } from '../support/watched-page.ts';

// The example app examples/desk, installed by the commands of its README, built, and used in a browser.

const inChromium = await describeInChromium();
const soon = { timeout: 20_000 };
const quick = 'rehearsal/ttft=0,tps=0,reasoning=0,chars=1500';
const stalled = `rehearsal/ttft=0,tps=0,reasoning=0,fault=stall@700`;

const opened = new AsyncDisposableStack();
let stagewire: Stagewire;
let proxy: TcpProxy;
let serverPort: number;
let chromium: Chromium;
let url: string;
let page: Page;
let complaints: readonly string[];
beforeAll(async () => {
  const server = opened.use(
    await startServerProcess({ env: { STAGEWIRE_MODEL: quick, STAGEWIRE_HOSTS: '127.0.0.1' } }),
  );
  serverPort = server.port;
  stagewire = opened.use(connect({ url: server.url }));
  proxy = opened.use(await startTcpProxy({ targetPort: serverPort }));
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stagewire-desk-')));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const checkout = join(folder, 'stagewire');
  const desk = join(checkout, 'examples/desk');
  await linkCheckout(checkout);
  await mkdir(join(checkout, 'examples'));
  await cp(join(projectRoot, 'examples/desk'), desk, {
    recursive: true,
    filter: (path) => !/\/desk\/(?:node_modules|dist|package-lock\.json)/.test(path),
  });
  const commands = codeBlockBelow(textOf('examples/desk/README.md'), 'Desk, an example app', 'sh');
  await using building = startProgram('bash', {
    args: ['-euc', commands.replace('npm run dev', 'npm run build')],
    cwd: desk,
    env: {
      VITE_STAGEWIRE_URL: `http://127.0.0.1:${proxy.port}`,
      npm_config_cache: join(folder, 'npm-cache'),
      npm_config_audit: 'false',
      npm_config_update_notifier: 'false',
    },
  });
  if ((await building.exitCode) !== 0) throw new Error(building.output());
  const site = await preview({ root: desk, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
  opened.defer(() => site.close());
  url = site.resolvedUrls?.local[0] ?? '';
  if (inChromium !== describe.skip) chromium = opened.use(await launchChromium());
}, 480_000);
afterAll(() => opened.disposeAsync());
beforeEach(async () => {
  page = await chromium.newPage();
  page.setDefaultTimeout(20_000);
  complaints = complaintsOf(page);
});

inChromium('examples/desk', () => {
  test('starts a run, and shows its text as Markdown, its files, and that it ends', async () => {
    await page.goto(url);
    await page.getByText('No runs yet.').waitFor();
    await page.getByLabel('New task').fill('A queue with a limit');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByRole('heading', { name: 'A queue with a limit' }).waitFor();
    await page.locator('.run-head').getByText('completed').waitFor();
    const runId = new URL(page.url()).hash.slice(1);
    const files = await stagewire.run(runId).files();
    expect(files.length).toBeGreaterThan(1);
    for (const { path, text } of files) {
      await page.locator('.file-list').getByRole('button', { name: path, exact: true }).click();
      await expect.poll(() => page.locator('.panel pre').textContent(), soon).toBe(text);
    }
    const coder = page.locator('details', { hasText: 'coder' }).first();
    await coder.locator('summary').click();
    const [file] = files;
    await coder
      .locator('figcaption')
      .filter({ hasText: file?.path ?? '' })
      .first()
      .waitFor();
    expect(await coder.locator('.markdown').innerText()).not.toMatch(/^(?:```|#)/m);
    await page.locator('.run-list a', { hasText: 'A queue with a limit' }).getByText('completed').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'What shall be built?' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('shows the issues of the review', async () => {
    const reviewer = 'rehearsal/ttft=0,tps=0,reasoning=0,verdict=changes';
    const run = await stagewire.start({ task: 'A stack', models: { default: quick, reviewer } });
    const state = await run.result();
    const review = state.reviews[0];
    expect(review?.issues.length).toBeGreaterThan(0);
    await page.goto(`${url}#${run.id}`);
    await page.locator('details', { hasText: 'reviewer' }).first().locator('summary').click();
    const shown = page.locator('.review').first();
    await shown.getByText('Verdict: changes requested').waitFor();
    for (const { message } of review?.issues ?? [])
      await shown.getByRole('listitem').filter({ hasText: message }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('keeps the text of an instruction that is rejected, and offers the stage that is current', async () => {
    const run = await stalledRun();
    await page.goto(`${url}#${run.id}`);
    await page.getByLabel('Instruction for the coder').fill('Keep it in one file.');
    await run.cancel({ target: 'stage' });
    await page.getByText('You started to type for the coder, which has finished.').waitFor();
    await page.getByRole('button', { name: 'Steer' }).click();
    await page
      .locator('.commands li')
      .filter({ hasText: /^refused “Keep it in one file\.”/ })
      .waitFor();
    await page.getByRole('button', { name: 'Send to the reviewer instead' }).click();
    const box = page.getByLabel('Instruction for the reviewer');
    expect(await box.inputValue()).toBe('Keep it in one file.');
    await box.press('Control+Enter');
    await page
      .locator('.commands li')
      .filter({ hasText: /^applied “Keep it in one file\.”/ })
      .waitFor();
    expect(await box.inputValue()).toBe('');
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.locator('.run-head').getByText('cancelled').waitFor();
    expect(complaints).toEqual(['412']);
  });

  test('redirects with the text as the instruction, skips a stage, and preselects the mode', async () => {
    const run = await stalledRun();
    await page.goto(`${url}#${run.id}`);
    const mode = page.getByLabel('How');
    await page.getByLabel('Instruction for the coder').fill('Fewer files.');
    await expect.poll(() => mode.inputValue()).toBe('continue');
    await mode.selectOption('next');
    await page.getByLabel('Redirect to').selectOption('reviewer');
    await page.getByRole('button', { name: 'Redirect' }).click();
    const commands = page.locator('.commands li');
    await commands.filter({ hasText: /^applied continue with the reviewer: “Fewer files\.”/ }).waitFor();
    const box = page.getByLabel('Instruction for the reviewer');
    expect(await box.inputValue()).toBe('');
    // Its JSON cannot be continued, and the choice was for one command.
    expect(await mode.inputValue()).toBe('restart');
    await page.getByRole('button', { name: 'Skip stage' }).click();
    await commands.filter({ hasText: /^applied skip the stage/ }).waitFor();
    await expect
      .poll(async () => (await run.snapshot()).stages.map(({ role, status }) => `${role} ${status}`), soon)
      .toContain('reviewer cancelled');
    await run.result();
    expect(complaints).toEqual([]);
  });

  test('asks for an access key when the server requires one, and offers what it permits', async () => {
    await using server = await startServerProcess({
      env: { STAGEWIRE_MODEL: quick, STAGEWIRE_HOSTS: '127.0.0.1', STAGEWIRE_AUTH: 'keys' },
    });
    const ada = await makeAccessKey(server.dataDir, { name: 'ada' });
    const reader = await makeAccessKey(server.dataDir, {
      name: 'eve',
      owner: 'ada',
      permissions: ['runs:read'],
    });
    await using client = connect({ url: server.url, token: ada.token });
    const run = await client.start({ task: 'A stack', models: { default: quick, coder: stalled } });
    proxy.target(server.port);
    try {
      await page.goto(`${url}#${run.id}`);
      const dialog = page.getByRole('dialog', { name: 'Sign in' });
      await dialog.getByText('requires authentication').waitFor();
      expect(await seriousProblems(page)).toEqual([]);
      const signInAs = async (token: string) => {
        await dialog.getByLabel('Access key').fill(`${token} `);
        await dialog.getByRole('button', { name: 'Sign in' }).click();
      };
      await signInAs('swk_wrong');
      await dialog.getByText('The token is not valid on this server.').waitFor();
      await signInAs(reader.token);
      await page.locator('.top').getByText('eve').waitFor();
      await page.getByText('You may read this run, but not control it.').waitFor();
      for (const name of ['Start run', 'Steer', 'Redirect', 'Skip stage', 'Cancel run'])
        expect(await page.getByRole('button', { name }).isDisabled()).toBe(true);
      await revokeAccessKey(server.dataDir, reader.id);
      await dialog.getByText('The access key was revoked.').waitFor();
      await signInAs(ada.token);
      await page.locator('.top').getByText('ada').waitFor();
      await page.getByRole('button', { name: 'Cancel run' }).click();
      await page.locator('.run-head').getByText('cancelled').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.locator('.top').getByRole('button', { name: 'Sign in' }).waitFor();
    } finally {
      proxy.target(serverPort);
    }
    // It starts a server of its own.
  }, 120_000);

  test('shows since when it is not up to date, and continues when the server is back', async () => {
    const run = await stalledRun();
    await page.goto(`${url}#${run.id}`);
    const connection = page.locator('.connection');
    await connection.getByText('Live').waitFor();
    proxy.target(1);
    proxy.reset();
    await connection.getByText(/Reconnecting… Shown as of \d/).waitFor();
    await run.cancel();
    proxy.target(serverPort);
    await page.locator('.run-head').getByText('cancelled').waitFor();
    await expect.poll(() => connection.innerText(), soon).toMatch(/^(?:Live|Not connected)$/);
  });

  test.each(['light', 'dark'] as const)(
    'is accessible and never scrolls sideways from 390 to 1440 px, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      const run = await stalledRun();
      await run.steer('A long word: '.padEnd(300, 'x'), { mode: 'next' });
      for (const hash of ['', `#${run.id}`]) {
        await page.goto(url + hash);
        if (hash !== '') await page.getByLabel('Instruction for the coder').waitFor();
        for (let width = 1440; width >= 390; width -= 50) {
          await page.setViewportSize({ width, height: 900 });
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect({ width, overflow }).toEqual({ width, overflow: 0 });
          if (width === 1440 || width === 1040) expect(await seriousProblems(page)).toEqual([]);
        }
        await page.setViewportSize({ width: 390, height: 844 });
        expect(await seriousProblems(page)).toEqual([]);
      }
      await run.cancel();
    },
  );
});

/** A run whose coder has written a part of its text and then nothing. */
async function stalledRun(): Promise<Run> {
  const run = await stagewire.start({
    task: 'A rate limiter in TypeScript, with tests and a configuration file',
    models: { default: quick, coder: stalled, reviewer: 'rehearsal/ttft=0,tps=0,reasoning=0,fault=stall@20' },
  });
  for await (const event of run.events()) {
    if (event.type === 'stage.delta' && event.role === 'coder' && event.offset + event.text.length >= 700)
      break;
  }
  return run;
}
