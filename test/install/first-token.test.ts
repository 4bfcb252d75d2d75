import { cp, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInChromium, launchChromium } from '../support/chromium.ts';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { packForInstallation, type InstalledPackages } from '../support/installed-packages.ts';
import { textOf } from '../support/source-tree.ts';
import { startProgram } from '../support/started-program.ts';

// From an empty folder with the tarball to the first token in a browser: what a newcomer waits for.

const inChromium = await describeInChromium();

/** The installation included. */
const firstTokenWithinMs = 15_000;

let packages: InstalledPackages;
beforeAll(async () => {
  packages = await packForInstallation();
});
afterAll(async () => {
  await packages?.[Symbol.asyncDispose]();
});

inChromium('the commands of cli/README.md', () => {
  test('lead from an empty folder to the first token within 15 s', async () => {
    const folder = await packages.emptyFolder();
    const tarball = packages.tarballs.command;
    await cp(tarball, join(folder, basename(tarball)));
    const commands = codeBlockBelow(textOf('cli/README.md'), 'Installation', 'sh');
    expect(commands.trimEnd().split('\n')).toHaveLength(2);
    await using chromium = await launchChromium();
    const page = await chromium.newPage();

    const begin = performance.now();
    const times: string[] = [];
    const note = (phase: string) => {
      const ms = performance.now() - begin;
      times.push(`${phase} ${(ms / 1000).toFixed(1)} s`);
      return ms;
    };
    await using server = startProgram('bash', {
      // As slow as for a newcomer: an empty cache of npm, and its audit.
      args: ['-euc', `TIMEFORMAT='cpu %U %S'; time ${commands}`],
      cwd: folder,
      env: {
        ...packages.env,
        STAGEWIRE_PORT: '0',
        STAGEWIRE_LOG: 'memory',
        STAGEWIRE_MODEL: 'rehearsal',
      },
    });
    const [, user, system] = await server.says(/^cpu (\S+) (\S+)$/m);
    note('installed');
    const [, url = ''] = await server.says(/Stagewire ready at (\S+)\n/);
    note('ready');
    await page.goto(url);
    await page.getByLabel('Task').waitFor();
    note('console shown');
    await page.getByLabel('Task').fill('A rate limiter in TypeScript, with tests');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.locator('.model-text, .reasoning').filter({ hasText: /\w/ }).first().waitFor();
    const tokenMs = note('first token');

    const installed = await contentOf(join(folder, 'node_modules'));
    console.info(
      `${times.join(', ')}. The installation: ${(Number(user) + Number(system)).toFixed(1)} s of CPU time, ` +
        `${installed.packages} package, ${installed.files} files, ${(installed.bytes / 1e6).toFixed(1)} MB.`,
    );
    expect(installed.packages).toBe(1);
    expect(tokenMs).toBeLessThan(firstTokenWithinMs);
  });
});

async function contentOf(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (it) => (await stat(join(it.parentPath, it.name))).size));
  return {
    packages: files.filter((it) => it.name === 'package.json').length,
    files: files.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}
