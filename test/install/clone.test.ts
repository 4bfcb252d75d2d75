import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectFiles, projectRoot } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// A clone without what only developers need.

let clone: string;
beforeAll(async () => {
  clone = await realpath(await mkdtemp(join(tmpdir(), 'stagewire-clone-')));
  for (const path of projectFiles()) await cp(join(projectRoot, path), join(clone, path));
  const begin = performance.now();
  await promisify(execFile)('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: clone });
  console.info(`npm ci --omit=dev: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
});
afterAll(async () => {
  await rm(clone, { recursive: true, force: true });
});

test('npm ci --omit=dev brings Node and the console, and no tools of developers', () => {
  expect(existsSync(join(clone, 'node_modules/.bin/node'))).toBe(true);
  expect(existsSync(join(clone, 'console/dist/index.html'))).toBe(true);
  expect(existsSync(join(clone, 'node_modules/vitest'))).toBe(false);
  expect(existsSync(join(clone, 'node_modules/playwright-core'))).toBe(false);
});

test('npm start serves the console that was built, and builds it only if it is missing', async () => {
  for (const missing of [false, true]) {
    if (missing) await rm(join(clone, 'console/dist'), { recursive: true });
    await using server = startProgram('npm', {
      args: ['start'],
      cwd: clone,
      env: { STAGEWIRE_PORT: '0', STAGEWIRE_LOG: 'memory', STAGEWIRE_MODEL: 'rehearsal' },
    });
    const [, url = ''] = await server.says(/Stagewire ready at (\S+)\n/);
    expect(server.stdout().includes('Console built.')).toBe(missing);
    const page = await fetch(url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('/assets/index-')]);
    server.signal('SIGINT');
    await server.says(/Stopping/);
    await server.exitCode;
  }
});
