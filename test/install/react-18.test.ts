import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reactFolderVariable } from '../support/react-folder.ts';
import { startProgram } from '../support/started-program.ts';

// The client promises the hooks for React 18.2 and later; `npm test` has the React of this project.

/** The oldest React of the promise, and the last types of its major version, which reject functions as form actions. */
const dependencies = {
  react: '18.2.0',
  'react-dom': '18.2.0',
  '@types/react': '18.3.32',
  '@types/react-dom': '18.3.7',
};

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'stagewire-react-18-')));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await using npm = startProgram('npm', { args: ['install', '--no-audit', '--no-fund'], cwd: folder });
  if ((await npm.exitCode) !== 0) throw new Error(npm.output());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test(
  'the hooks and the examples of docs/EMBED.md pass their tests with React 18.2',
  { timeout: 480_000 },
  async () => {
    const reportFile = join(folder, 'report.json');
    const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', reportFile];
    await using tests = startProgram('npx', {
      args: ['vitest', 'run', '--config', 'test/install/react-18.config.ts', ...reporters],
      env: { [reactFolderVariable]: join(folder, 'node_modules') },
    });
    expect(await tests.exitCode, tests.output()).toBe(0);
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as Readonly<Record<string, number>>;
    expect(report['numFailedTests']).toBe(0);
    expect(report['numPassedTests']).toBeGreaterThan(25);
  },
);
