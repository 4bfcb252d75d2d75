import type { RunState } from '@stagewire/client';
import { unfinishedFiles } from '@stagewire/client/text';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeInChromium } from '../support/chromium.ts';
import { createEmbedScene, stalledChars, textsIn, type EmbedScene } from '../support/embed-scene.ts';
import { embedBlock, embedBlocks } from '../support/embedding-app.ts';
import { freePort } from '../support/free-port.ts';
import { typeErrorsIn } from '../support/packed-client.ts';
import { complaintsOf, framesFrom, watchTextLengths } from '../support/watched-page.ts';

// The commands of the page, its programs, and its pages in a browser, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });
const soon = { timeout: 20_000 };
const inChromium = await describeInChromium();

let scene: EmbedScene;
beforeAll(async () => {
  scene = await createEmbedScene(inChromium !== describe.skip);
}, 60_000);
afterEach(() => scene.heal());
afterAll(() => scene?.[Symbol.asyncDispose]());

/** The blocks that the tests execute: each test says which, right above itself. */
const executed = new Set<string>();
function executing(...names: readonly string[]): void {
  for (const name of names) executed.add(name);
}

/** By test/install/next.test.ts, since Next.js has to be installed. */
for (const { heading, name } of embedBlocks) if (heading === 'Next.js') executing(name);

/** By embed-testing.test.ts. */
executing('src/notify.test.ts', 'Testing your app: sh', 'src/story.tsx');
executing('src/signed.tsx', 'src/asking.tsx', 'src/offered.tsx');

describe('docs/EMBED.md', () => {
  test('has no block but those that are executed below', () => {
    expect(embedBlocks.map(({ name }) => name).toSorted()).toEqual([...executed].toSorted());
  });

  executing('Installation: sh', 'Installation: sh, 2');
  test('its commands make the package and install it, and a strict compiler passes the whole app', async () => {
    expect(await typeErrorsIn(scene.app.path)).toEqual([]);
  });

  test('passes the compiler with the settings that Vite writes for an app', async () => {
    expect(await typeErrorsIn(scene.app.path, 'tsconfig.app.json')).toEqual([]);
  });

  executing('check.ts', 'Input validation: sh', 'Input validation: ');
  test('its check says what is wrong with a form, as printed', async () => {
    await using check = scene.app.shell('Input validation: sh');
    expect(await check.exitCode).toBe(0);
    expect(check.stdout()).toBe(embedBlock('Input validation: ').code);
  });
});

inChromium('docs/EMBED.md, without a framework', () => {
  executing('src/show.ts');
  test('shows a run to its end, over a lost connection', async () => {
    const run = await scene.start();
    const { page, complaints } = await scene.open(`show.html?run=${run.id}`);
    const shown = async () => (await page.locator('pre').textContent()) ?? '';
    await expect.poll(shown, soon).toBe(textsIn(await run.snapshot()).at(-1));
    expect(complaints).toEqual([]);
    scene.cut();
    await expect.poll(() => complaints.join(), soon).toMatch(/not connected since \d/);
    await run.steer('Shorter.', { mode: 'continue' });
    scene.heal();
    await expect.poll(async () => (await shown()).length, soon).toBe(2 * stalledChars);
    await run.cancel();
    await expect.poll(shown, soon).toMatch(/\ncancelled$/);
    expect(await shown()).toBe(`${textsIn(await run.snapshot()).at(-1)}\ncancelled`);
  });
});

inChromium('docs/EMBED.md, a whole app', () => {
  executing('src/main.tsx');
  test('shows a run in less than 30 lines, what it waits for, and since when it is not up to date', async () => {
    expect(embedBlock('src/main.tsx').code.trim().split('\n').length).toBeLessThan(30);
    const run = await scene.start();
    const { page, complaints } = await scene.open(`main.html?run=${run.id}`);
    await page.getByText(/Waiting, \d+ s so far/).waitFor();
    const [architect = '', coder = ''] = textsIn(await run.snapshot());
    const shown = () => page.locator('article pre').allTextContents();
    expect(await shown()).toEqual([`architect\n${architect}`, `coder\n${coder}`]);
    expect(await page.locator('article').getAttribute('aria-busy')).toBe('true');
    expect(complaints).toEqual([]);
    scene.cut();
    await page.getByText(/As of \d/).waitFor();
    await run.cancel();
    scene.heal();
    await page.locator('article[aria-busy=false]').waitFor();
    await page.getByText(/As of \d/).waitFor({ state: 'detached' });
    expect(await shown()).toEqual([`architect\n${architect}`, `coder\n${coder}`]);
  });

  test('says what is wrong with the address', async () => {
    const { page: unknown } = await scene.open('main.html?run=run_nobody-knows');
    expect(await unknown.getByRole('alert').textContent()).toContain('run_nobody-knows');
    const { page: none } = await scene.open('main.html');
    expect(await none.locator('p').textContent()).toContain('Which run?');
  });
});

inChromium('docs/EMBED.md, complete example', () => {
  executing('src/desk.tsx', 'src/runs.tsx', 'src/stages.tsx', 'src/steer-box.tsx', 'src/commands.tsx');
  test('starts a run, steers the stage that one saw, redirects, skips and stops', async () => {
    const { page, complaints } = await scene.open('desk.html');
    const click = (name: string) => page.getByRole('button', { name }).click();
    const roles = () => page.getByRole('heading').allTextContents();
    const told = (words: string) => page.getByText(words).count();
    await page.getByLabel('Task').fill('A rate limiter');
    await click('Start');
    await page.getByRole('listitem').filter({ hasText: 'A rate limiter coder' }).waitFor();
    const [newest] = (await scene.stagewire.list({ labels: { team: 'payments' } })).items;
    const run = scene.stagewire.run(newest?.runId ?? '');
    await expect.poll(roles, soon).toEqual(['architect', 'coder']);
    const busy = page.locator('[aria-busy=true] pre');
    await expect.poll(() => busy.textContent(), soon).toHaveLength(stalledChars);

    await page.getByLabel('To the coder').fill('Keep it in one file.');
    await click('Steer');
    await expect.poll(() => told('steer: applied'), soon).toBe(1);

    // Somebody begins to type, and meanwhile the coder is done.
    await page.getByLabel('To the coder').blur();
    await page.getByLabel('To the coder').fill('Handle the error.');
    await run.cancel({ target: 'stage' });
    await page.getByText('The coder has finished.').waitFor();
    await click('Steer');
    await expect.poll(() => told('steer: refused'), soon).toBe(1);
    expect(await page.getByRole('listitem').locator('q').textContent()).toBe('Handle the error.');
    await click('Dismiss');
    await expect.poll(() => told('steer: refused'), soon).toBe(0);
    await click('Send to the reviewer instead');
    expect(await page.getByLabel('To the reviewer').inputValue()).toBe('Handle the error.');
    await page.getByLabel('To the reviewer').fill('Look at the error.');
    await click('Steer');
    await expect.poll(() => told('steer: applied'), soon).toBe(2);
    expect(await page.getByLabel('To the reviewer').inputValue()).toBe('');

    await click('Back to the architect');
    await expect.poll(() => told('redirect: applied'), soon).toBe(1);
    await expect.poll(roles, soon).toEqual(['architect', 'coder', 'reviewer', 'architect', 'coder']);
    await click('Skip this stage');
    await expect.poll(() => told('cancel: applied'), soon).toBe(2);
    await click('Stop the run');
    await page.getByRole('listitem').filter({ hasText: 'A rate limiter cancelled' }).waitFor();

    const state = await run.snapshot();
    expect(state.commands.map(({ command }) => command)).toMatchObject([
      { kind: 'steer', text: 'Keep it in one file.', mode: 'restart', expect: { stage: 2 } },
      { kind: 'cancel', target: 'stage', expect: 'any' },
      { kind: 'steer', text: 'Look at the error.', mode: 'restart', expect: { stage: 3 } },
      { kind: 'redirect', to: 'architect', expect: { stage: 3 } },
      { kind: 'cancel', target: 'stage', expect: { stage: 5 } },
      { kind: 'cancel', target: 'run', expect: 'any' },
    ]);
    await expect.poll(() => page.locator('section pre').allTextContents(), soon).toEqual(textsIn(state));
    // The browser's own word on what was refused: another stage was current.
    expect(complaints).toEqual(['412']);
  });

  test('resends a command that was not answered, which takes effect once', async () => {
    const run = await scene.start({ task: 'A stack', labels: { team: 'payments' } });
    const page = await scene.newPage();
    await page.clock.install();
    await page.goto(`${scene.app.pagesUrl}desk.html`);
    await page.getByRole('button', { name: 'A stack' }).click();
    await page.getByLabel('To the coder').fill('Shorter.');
    // The server hears it, and its answers are lost.
    await page.route(/runs\.steer/, (route) => void route.fetch());
    await page.getByRole('button', { name: 'Steer' }).click();
    await page.getByText('steer: applied').waitFor();
    expect((await run.snapshot()).commands).toHaveLength(1);
    await page.unrouteAll({ behavior: 'ignoreErrors' });

    await page.getByLabel('To the coder').fill('Shorter still.');
    await page.route(/runs\.steer/, () => {});
    await page.getByRole('button', { name: 'Steer' }).click();
    await page.getByText('steer: sending').waitFor();
    await page.clock.fastForward(31_000);
    await page.getByText('steer: unknown').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByRole('button', { name: 'Resend' }).click();
    await expect.poll(() => page.getByText('steer: applied').count(), soon).toBe(2);
    expect((await run.snapshot()).commands).toHaveLength(2);
    await run.cancel();
  });
});

inChromium('docs/EMBED.md, files and prompts', () => {
  executing('src/files.tsx', 'src/models.tsx');
  test('shows the text of a given file and of a written one, and what the coder was asked', async () => {
    const quick = 'rehearsal/ttft=0,tps=0,reasoning=0,chars=900,verdict=approved';
    const run = await scene.start(
      {
        models: { default: quick, architect: quick, coder: quick, reviewer: quick },
        pipeline: { roles: ['architect', 'coder'] },
        files: [{ path: 'notes/limits.md', text: 'A hundred a minute.' }],
      },
      1,
    );
    const { files } = await run.result();
    const written = files.find(({ from }) => from === 'stage');
    const { page, complaints } = await scene.open(`files.html?run=${run.id}`);
    const text = page.locator('section pre');
    await page.getByRole('button', { name: 'notes/limits.md' }).click();
    await expect.poll(() => text.textContent(), soon).toBe('A hundred a minute.');
    await page.getByRole('button', { name: written?.path ?? '' }).click();
    const [now] = await run.files({ path: written?.path ?? '' });
    await expect.poll(() => text.textContent(), soon).toBe(now?.text);
    expect(await page.locator('section').getByRole('listitem').allTextContents()).toEqual(
      files.map(({ path, stage }) => `${path}${stage === undefined ? ' given' : ` stage ${stage}`}`),
    );
    await page.getByText('What the coder was asked').click();
    await page.locator('details pre').filter({ hasText: 'A queue' }).waitFor();
    await page.locator('datalist option[value="rehearsal/tps=0"]').waitFor({ state: 'attached' });
    const failures = (await scene.stagewire.models()).providers.flatMap((it) => it.failure?.message ?? []);
    expect(await page.locator('label small').allTextContents()).toEqual(failures);
    expect(complaints).toEqual([]);
  });

  executing('src/versions.tsx');
  test('shows the versions of a file with what changed, and a file while it is written', async () => {
    const run = await scene.start({
      models: { default: 'rehearsal/ttft=0,tps=0,reasoning=0,fault=stall@600' },
      pipeline: { roles: ['coder'] },
      files: [{ path: 'notes/limits.md', text: 'A hundred a minute.' }],
    });
    const { page, complaints } = await scene.open(`files.html?run=${run.id}`);
    await expect
      .poll(() => page.locator('ol li').allTextContents(), soon)
      .toEqual(['context file+ A hundred a minute.\n']);
    const [open] = unfinishedFiles(await run.snapshot());
    expect(open).toMatchObject({ stage: 1, attempt: 1, isClosed: false });
    await expect
      .poll(() => page.locator('figure').allTextContents(), soon)
      .toEqual([`${open?.path}, being written${open?.text}`]);
    expect(open?.text.length).toBeGreaterThan(10);
    await run.cancel();
    // The page also asks for the prompt of a stage that this run does not have.
    expect(complaints.filter((it) => it !== '404')).toEqual([]);
  });
});

inChromium('docs/EMBED.md, server-side rendering', () => {
  executing('src/page.tsx', 'src/server.tsx', 'src/browser.tsx', 'index.html');
  executing('Server-side rendering: sh');
  test('is there before any script, and is followed from where it stood, without a seam', async () => {
    const port = await freePort();
    await using site = scene.app.shell('Server-side rendering: sh', { PORT: String(port) });
    const [, url = ''] = await site.says(/Open (http:\/\/localhost:\d+\/\?run=)run_…/);
    const quick = 'rehearsal/ttft=0,tps=0,reasoning=0,chars=300,verdict=approved';
    const coder = 'rehearsal/ttft=0,tps=200,reasoning=0,chars=1600';
    const run = await scene.start({ models: { architect: quick, default: quick, coder } }, 100);

    const page = await scene.newPage();
    const complaints = complaintsOf(page);
    const sent = framesFrom(page);
    const lengths = await watchTextLengths(page);
    const scripts = Promise.withResolvers<void>();
    await page.route('**/assets/*', async (route) => {
      await scripts.promise;
      await route.continue();
    });
    const response = await page.goto(`${url}${run.id}`, { waitUntil: 'commit' });
    const [, given = ''] = /id="state">(.*?)<\/script>/.exec((await response?.text()) ?? '') ?? [];
    const initial = JSON.parse(given) as RunState;
    const shown = () => page.locator('pre').allTextContents();
    await expect.poll(shown, soon).toEqual(textsIn(initial));
    // What is written before there are scripts would be lost if they began with what comes then.
    const length = textsIn(initial).join('').length;
    const written = async () => textsIn(await run.snapshot()).join('').length;
    await expect.poll(written, soon).toBeGreaterThan(length + 50);
    scripts.resolve();

    expect((await run.result()).verdict).toBe('approved');
    await expect.poll(shown, soon).toEqual(textsIn(await run.snapshot()));
    const asked = sent.filter((it) => it.includes('"runs.events"'));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`"lastEventId":"${initial.cursor}"`);
    const seen = await lengths.seen();
    expect(seen[0]).toBe(length);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
    expect(complaints).toEqual([]);
    expect((await fetch(`${url}run_nobody-knows`)).status).toBe(404);
  });
});
