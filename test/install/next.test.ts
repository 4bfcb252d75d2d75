import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect, type Stagewire } from '@stagewire/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as reactEntry from '../../client/react/index.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { embedBlock, embedBlocks } from '../support/embedding-app.ts';
import { freePort } from '../support/free-port.ts';
import { packClient } from '../support/packed-client.ts';
import { startServerProcess } from '../support/server-process.ts';
import { projectRoot } from '../support/source-tree.ts';
import { startProgram, type StartedProgram } from '../support/started-program.ts';
import { complaintsOf, framesFrom, watchTextLengths } from '../support/watched-page.ts';

// The app that create-next-app makes, with the files of docs/EMBED.md, built and started by the commands of that page.

const inChromium = await describeInChromium();
const files = embedBlocks.filter(({ heading, language }) => heading === 'Next.js' && language === 'tsx');
const soon = { timeout: 20_000 };
const quick = 'rehearsal/ttft=0,tps=0,reasoning=0,chars=300,verdict=approved';

/** Not the warning that a fresh clone has no build cache, which Next.js prints where CI is set. */
const complaint = /encountered|\bError\b|⨯/;

const opened = new AsyncDisposableStack();
let stagewire: Stagewire;
let site: StartedProgram;
let url: string;
beforeAll(async () => {
  const server = opened.use(await startServerProcess({ env: { STAGEWIRE_MODEL: quick } }));
  stagewire = opened.use(connect({ url: server.url }));
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'stagewire-next-')));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const app = join(folder, 'my-app');
  await cp(join(projectRoot, 'test/fixtures/create-next-app'), app, { recursive: true });
  const { tarball } = opened.use(await packClient());
  const env = { npm_config_cache: join(folder, 'npm-cache'), npm_config_update_notifier: 'false' };
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball];
  await using installing = startProgram('npm', { args: install, cwd: app, env });
  if ((await installing.exitCode) !== 0) throw new Error(installing.output());
  const hooks = readFileSync(new URL('next-hooks-page.tsx', import.meta.url), 'utf8');
  await writeFiles(app, {
    ...Object.fromEntries(
      files.map(({ name, code }) => [name, code.replaceAll('http://localhost:4600', server.url)]),
    ),
    'app/hooks/page.tsx': hooks,
  });
  const port = await freePort();
  url = `http://localhost:${port}`;
  site = opened.use(
    startProgram('bash', {
      args: ['-euc', embedBlock('Next.js: sh').code],
      cwd: app,
      env: { ...env, PORT: String(port), NEXT_TELEMETRY_DISABLED: '1' },
    }),
  );
  await site.says(/Ready in/, { timeoutMs: 240_000 });
}, 480_000);
afterAll(() => opened.disposeAsync());

describe('docs/EMBED.md, Next.js', () => {
  test('builds a static and a dynamic page, without a complaint of Next.js', async () => {
    expect(files.map(({ name }) => name)).toHaveLength(5);
    const output = site.output();
    expect(output).toMatch(/Cache Components enabled/);
    expect(output).toMatch(/○ \/runs\n/);
    expect(output).toMatch(/○ \/hooks\n/);
    expect(output).toMatch(/◐ \/runs\/\[runId\]\n/);
    expect(output).not.toMatch(complaint);
  });

  test('prerenders every hook', async () => {
    const page = readFileSync(new URL('next-hooks-page.tsx', import.meta.url), 'utf8');
    const hooks = Object.keys(reactEntry).filter((name) => name.startsWith('use'));
    expect(hooks.filter((name) => !page.includes(`${name}(`))).toEqual([]);
    const html = await (await fetch(`${url}/hooks`)).text();
    expect(html.match(/<pre>\{&quot;answer&quot;:&quot;loading&quot;/g)).toHaveLength(2);
  });

  test('sends the text of a run with the page, and says that there is no such run', async () => {
    const run = await stagewire.start({ task: 'A queue', pipeline: { roles: ['coder'] } });
    const { stages } = await run.result();
    const html = await (await fetch(`${url}/runs/${run.id}`)).text();
    const text = stages[0]?.attempts[0]?.text ?? '';
    const [line = ''] = text.split(/[\n<>&"'`]/).filter((it) => it.length > 20);
    expect(line).not.toBe('');
    expect(html.replaceAll(/<script[^]*?<\/script>/g, '')).toContain(line);
    const missing = await (await fetch(`${url}/runs/run_00000000000000000000`)).text();
    expect(missing).toContain('This page could not be found');
    expect(site.output()).not.toMatch(complaint);
  });
});

inChromium('docs/EMBED.md, Next.js', () => {
  test('hydrates the page, follows the run from its cursor, and keeps the connection of the layout', async () => {
    const coder = 'rehearsal/ttft=0,tps=150,reasoning=0,chars=1600';
    const run = await stagewire.start({ task: 'A queue', models: { default: quick, coder } });
    for await (const event of run.events()) if (event.type === 'stage.delta' && event.stage === 2) break;

    await using chromium = await launchChromium();
    const page = await chromium.newPage();
    const complaints = complaintsOf(page);
    const sent = framesFrom(page);
    let sockets = 0;
    page.on('websocket', () => (sockets += 1));
    const lengths = await watchTextLengths(page);
    await page.goto(`${url}/runs/${run.id}`);
    await page.getByText('completed').waitFor(soon);
    const state = await run.snapshot();
    await expect
      .poll(() => page.locator('pre').allTextContents(), soon)
      .toEqual(state.stages.map(({ attempts }) => attempts.at(-1)?.text));
    const asked = sent.filter((it) => it.includes('"runs.events"'));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/"lastEventId":"\d+-\d+-\w+"/);
    const seen = await lengths.seen();
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
    expect(complaints).toEqual([]);

    const stalled = await stagewire.start({
      task: 'A stack',
      models: { default: `${quick},fault=stall@20` },
    });
    await page.goto(`${url}/runs`);
    await page.getByRole('link', { name: 'A stack' }).click();
    await page.getByRole('heading', { name: 'A stack' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('cancelled').waitFor(soon);
    expect((await stalled.result()).status).toBe('cancelled');
    expect(sockets).toBe(2);
    expect(complaints).toEqual([]);
    expect(site.output()).not.toMatch(complaint);
  });
});

async function writeFiles(folder: string, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
