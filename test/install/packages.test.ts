import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import {
  packForInstallation,
  type InstalledFolder,
  type InstalledPackages,
} from '../support/installed-packages.ts';
import { linkPackages, strictConfig, typeErrorsIn } from '../support/packed-client.ts';
import { textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// What users install, from npm's registry, in folders that know nothing of this repository.

const inChromium = await describeInChromium();
const clientReadme = textOf('client/README.md');
const commandReadme = textOf('cli/README.md');
const slow = 'rehearsal/ttft=10,tps=40,reasoning=0,chars=4000,verdict=approved';

/** From the command, after the installation, to the first token in the browser. */
const firstTokenWithinMs = 15_000;

let packages: InstalledPackages;
let command: InstalledFolder;
let client: InstalledFolder;
beforeAll(async () => {
  packages = await packForInstallation();
  command = await packages.install('command');
  client = await packages.install('client');
  const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  console.info(
    `npm install: stagewire ${inSeconds(command.installMs)}, client ${inSeconds(client.installMs)}`,
  );
});
afterAll(async () => {
  await packages?.[Symbol.asyncDispose]();
});

describe('the package stagewire', () => {
  test('holds built JavaScript only, and depends on exact versions', async () => {
    const home = packageOf(command);
    const files = await filesIn(home);
    expect(files.filter((path) => /\.tsx?$/.test(path))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'cli/bin.js', 'server/serve.js']));
    expect(files.some((path) => /^console\/dist\/assets\/index-.*\.js\.br$/.test(path))).toBe(true);
    for (const path of files.filter((it) => it.endsWith('.js') && !it.startsWith('console/'))) {
      expect(await readFile(join(home, path), 'utf8'), path).not.toMatch(
        /['"]@stagewire\/|(?:from |import |import\(|new URL\()['"][^'"]*\.ts['"]/,
      );
    }
    const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
      readonly engines: object;
      readonly dependencies: Readonly<Record<string, string>>;
    };
    expect(manifest.engines).toEqual({ node: '>=24' });
    const versions = Object.entries(manifest.dependencies);
    expect(versions.length).toBeGreaterThan(5);
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('starts its checkpoint worker', async () => {
    const path = join(command.path, 'checked.db');
    using database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
    const file = pathToFileURL(join(packageOf(command), 'server/log/checkpoint-worker.js'));
    const worker = new Worker(file, { workerData: { path }, execArgv: [] });
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
      worker.postMessage('checkpoint');
      expect(await once(worker, 'message')).toEqual(['done']);
    } finally {
      await worker.terminate();
    }
  });

  test('says in one sentence that an older Node will not do', async () => {
    const older = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'22.9.0'}})`;
    await using program = startProgram(process.execPath, {
      args: ['--import', older, join(command.path, 'node_modules/.bin/stagewire'), 'serve'],
      cwd: command.path,
    });
    expect(await program.exitCode).toBe(1);
    expect(program.output()).toBe('Stagewire needs Node 24 or later, and this is Node 22.9.0.\n');
  });

  test('serves the console, and its command steers a run', async () => {
    await using server = startNpx([], { STAGEWIRE_PORT: '0', STAGEWIRE_MODEL: slow });
    const [, url = ''] = await server.says(/Stagewire ready at (\S+)\n/);
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const [, script = ''] = /src="\.(\/assets\/[^"]+\.js)"/.exec(await page.text()) ?? [];
    expect((await fetch(url + script)).headers.get('content-encoding')).toMatch(/^(?:br|gzip)$/);

    const [, run = ''] = /^npx stagewire (run .*)$/m.exec(commandReadme) ?? [];
    await using shown = startProgram('bash', {
      args: ['-c', `npx stagewire ${run}`],
      cwd: command.path,
      env: packages.env,
    });
    await shown.says(/coder/i);
    await using steer = startNpx(['steer', 'Keep it in one file.'], {});
    expect(await steer.exitCode).toBe(0);
    expect(steer.output()).toMatch(/applied: included in the prompt of stage \d, attempt 2/);
    await shown.says(/attempt 2/);
    await using cancel = startNpx(['cancel'], {});
    expect(await cancel.exitCode).toBe(0);
    server.signal('SIGINT');
    await server.says(/Stopping/);
    await server.exitCode;
  });

  test('is built and installed by the commands of docs/OPERATIONS.md', async () => {
    const prefix = await packages.emptyFolder();
    const commands = codeBlockBelow(textOf('docs/OPERATIONS.md'), 'Installation', 'sh');
    await using shell = startProgram('bash', {
      args: ['-euc', commands],
      env: { ...packages.env, npm_config_prefix: prefix },
    });
    expect(await shell.exitCode, shell.output()).toBe(0);
    const { stdout } = await promisify(execFile)(join(prefix, 'bin/stagewire'), ['--version']);
    expect(stdout).toBe(`${versionOf(textOf('package.json'))}\n`);
    expect(stdout.trim()).toBe(/stagewire-(\d[\d.]*)\.tgz/.exec(commands)?.[1]);
  });

  test('names itself in its hints as it was called', async () => {
    const folder = await packages.emptyFolder();
    const list = async (program: string, args: readonly string[]) => {
      await using called = startProgram(program, { args: [...args, 'list'], cwd: folder, env: packages.env });
      expect(await called.exitCode).toBe(1);
      return /Start one with "(.*?)"/.exec(called.output())?.[1];
    };
    expect(await list(join(command.path, 'node_modules/.bin/stagewire'), [])).toBe('stagewire serve');
    const tarball = packages.tarballs.command;
    expect(await list('npx', ['--yes', '--package', tarball, 'stagewire'])).toBe(
      `npx --package ${tarball} stagewire serve`,
    );
    await cp(tarball, join(folder, 'stagewire.tgz'));
    expect(await list('npx', ['--yes', './stagewire.tgz'])).toBe('npx ./stagewire.tgz serve');
    await using called = startNpx(['list'], { STAGEWIRE_DATA_DIR: folder });
    await called.exitCode;
    expect(called.output()).toContain('"npx stagewire serve"');
  });
});

inChromium('from the command to the browser', () => {
  test('the first token is shown within 15 s', async () => {
    await using chromium = await launchChromium();
    const begin = performance.now();
    await using server = startNpx([], {
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal',
    });
    const [, url = ''] = await server.says(/Stagewire ready at (\S+)\n/);
    const readyMs = performance.now() - begin;
    const page = await chromium.newPage();
    await page.goto(url);
    await page.getByLabel('Task').fill('A rate limiter in TypeScript, with tests');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.locator('.model-text, .reasoning').filter({ hasText: /\w/ }).first().waitFor();
    const tokenMs = performance.now() - begin;
    console.info(
      `npx stagewire: ready after ${(readyMs / 1000).toFixed(1)} s, first token in the browser after ` +
        `${(tokenMs / 1000).toFixed(1)} s; with npm install ${((tokenMs + command.installMs) / 1000).toFixed(1)} s`,
    );
    expect(tokenMs).toBeLessThan(firstTokenWithinMs);
  });
});

describe('the package @stagewire/client', () => {
  test('type-checks and runs a script in a folder of its own', async () => {
    await using server = startNpx([], {
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal/ttft=10,tps=0,chars=500,verdict=approved',
    });
    const [, url = ''] = await server.says(/Stagewire ready at (\S+)\n/);
    await linkPackages(client.path, ['@types/node']);
    const script = codeBlockBelow(clientReadme, 'A script', 'ts').replace('http://localhost:4600', url);
    await writeFile(join(client.path, 'script.ts'), script);
    await writeFile(join(client.path, 'wrong.ts'), script.replace('run.events()', 'run.event()'));
    await writeFile(join(client.path, 'tsconfig.json'), strictConfig);
    const errors = await typeErrorsIn(client.path);
    expect(errors.filter((line) => !line.startsWith('wrong.ts'))).toEqual([]);
    expect(errors.join('\n')).toMatch(/^wrong\.ts.*Property 'event' does not exist/m);
    const { stdout } = await promisify(execFile)(process.execPath, ['script.ts'], { cwd: client.path });
    expect(stdout).toMatch(/run_\w+ completed, review: approved/);
    expect(existsSync(join(client.path, 'node_modules/zod'))).toBe(false);
  });
});

function startNpx(args: readonly string[], env: Readonly<Record<string, string>>) {
  return startProgram('npx', {
    args: ['stagewire', ...args],
    cwd: command.path,
    env: { ...packages.env, ...env },
  });
}

function versionOf(manifest: string): string {
  return (JSON.parse(manifest) as { version: string }).version;
}

function packageOf({ path }: InstalledFolder): string {
  return join(path, 'node_modules/stagewire');
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
