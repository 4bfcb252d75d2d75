import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlockBelow, codeBlocksIn } from '../support/code-blocks.ts';
import {
  packForInstallation,
  type InstalledFolder,
  type InstalledPackages,
} from '../support/installed-packages.ts';
import { createModelServer } from '../support/model-server.ts';
import { linkPackages, strictConfig, typeErrorsIn } from '../support/packed-client.ts';
import { textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// What users install, from npm's registry, in folders that know nothing of this repository.

const clientReadme = textOf('client/README.md');
const commandReadme = textOf('cli/README.md');
const slow = 'rehearsal/ttft=10,tps=40,reasoning=0,chars=4000,verdict=approved';

let packages: InstalledPackages;
let command: InstalledFolder;
let client: InstalledFolder;
beforeAll(async () => {
  packages = await packForInstallation();
  command = await packages.install('command');
  client = await packages.install('client');
});
afterAll(async () => {
  await packages?.[Symbol.asyncDispose]();
});

describe('the package stagewire', () => {
  test('holds built JavaScript only, with all that it needs', async () => {
    const home = packageOf(command);
    const files = await filesIn(home);
    expect(files.filter((path) => /\.tsx?$/.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.md', 'lib/bin.js']),
    );
    expect(files.filter((path) => path.startsWith('console/') && /licenses|sources/.test(path))).toEqual([]);
    expect(files.some((path) => /^console\/dist\/assets\/index-.*\.js\.br$/.test(path))).toBe(true);
    for (const path of files.filter((it) => /^lib\/[^/]+\.js$/.test(it))) {
      expect(await readFile(join(home, path), 'utf8'), path).not.toMatch(
        /['"]@stagewire\/|(?:from |import |import\(|new URL\()['"][^'"]*\.ts['"]/,
      );
    }
    const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ engines: { node: '>=24' }, bin: { stagewire: 'lib/bin.js' } });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(await readdir(join(command.path, 'node_modules'))).toEqual(
      expect.not.arrayContaining(['typescript', 'fastify']),
    );
  });

  test('has the license of each package that it contains', async () => {
    const text = await readFile(join(packageOf(command), 'THIRD-PARTY-LICENSES.md'), 'utf8');
    const named = [...text.matchAll(/^## (\S+) (\S+) \(\S+\)$/gm)].map(
      ([, name, version]) => `${name} ${version}`,
    );
    // Of the server, the command line and the console.
    for (const name of ['fastify', 'openai', '@anthropic-ai/sdk', 'commander', 'react-dom', 'shiki']) {
      expect(named).toContain(`${name} ${versionOf(textOf(`node_modules/${name}/package.json`))}`);
    }
    const files = await readdir(join(packageOf(command), 'lib/vendor'));
    const written = named.map((it) => `${it.split(' ')[0]?.replace('@', '').replace('/', '-')}.js`);
    expect(files.filter((file) => !written.includes(file))).toEqual([]);
  });

  test('starts its checkpoint worker', async () => {
    const path = join(command.path, 'checked.db');
    using database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
    const file = pathToFileURL(join(packageOf(command), 'lib/checkpoint-worker.js'));
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

    await using shown = startShell('npx stagewire run');
    await shown.says(/coder/i);
    await using steer = startShell('npx stagewire steer');
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

  test('calls models by the SDKs that it contains', async () => {
    const paths: string[] = [];
    await using model = await createModelServer((request, response) => {
      request.resume();
      paths.push(request.url ?? '');
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error: { type: 'authentication_error', message: 'no' } }));
    });
    await using server = startNpx([], {
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal',
      ANTHROPIC_API_KEY: 'sk-test-1',
      ANTHROPIC_BASE_URL: model.url,
      OPENAI_API_KEY: 'sk-test-2',
      OPENAI_BASE_URL: `${model.url}/v1`,
      COMPATIBLE_BASE_URL: `${model.url}/v1`,
    });
    const [, url = ''] = await server.says(/Stagewire ready at (\S+)\n/);
    for (const [provider, called] of [
      ['anthropic', '/v1/messages'],
      ['openai', '/v1/responses'],
      ['compatible', '/v1/chat/completions'],
    ] as const) {
      await using run = startNpx(['run', '--model', `${provider}/some-model`, 'A queue'], {
        STAGEWIRE_URL: url,
      });
      expect(await run.exitCode).toBe(1);
      expect(run.output()).toMatch(/key/);
      expect(paths.filter((path) => path.startsWith(called))).not.toEqual([]);
    }
  });

  test('names itself in its hints as it was called', async () => {
    const folder = await packages.emptyFolder();
    const list = async (line: string, cwd: string) => {
      await using called = startProgram('bash', { args: ['-c', `${line} list`], cwd, env: unnamed });
      expect(await called.exitCode).toBe(1);
      return /Start one with "(.*?) serve"/.exec(called.output())?.[1];
    };
    const unnamed = { ...packages.env, npm_config_yes: 'true', npm_lifecycle_event: '' };
    const bin = join(command.path, 'node_modules/.bin');
    const tarball = packages.tarballs.command;
    await cp(tarball, join(folder, 'stagewire.tgz'));
    for (const [line, cwd] of [
      ['npx stagewire', command.path],
      ['npx ./stagewire.tgz', folder],
      [`npx --package ${tarball} stagewire`, folder],
      [`${bin}/stagewire`, folder],
    ] as const) {
      expect(await list(line, cwd)).toBe(line);
    }
    expect(await list('./node_modules/.bin/stagewire', command.path)).toBe('npx stagewire');
    await symlink(join(bin, 'stagewire'), join(folder, 'stagewire'));
    expect(await list(`PATH="${folder}:$PATH" stagewire`, folder)).toBe('stagewire');
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
    const installation = codeBlockBelow(clientReadme, 'Installation', 'sh');
    expect(installation).toBe(`npm install ./${basename(packages.tarballs.client)}\n`);
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

/** Runs the line of cli/README.md that begins so. */
function startShell(beginning: string) {
  const lines = codeBlocksIn(commandReadme).flatMap(({ code }) => code.split('\n'));
  const line = lines.find((it) => it.startsWith(beginning));
  if (line === undefined) throw new Error(`cli/README.md has no line that begins with ${beginning}.`);
  return startProgram('bash', { args: ['-c', line], cwd: command.path, env: packages.env });
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
