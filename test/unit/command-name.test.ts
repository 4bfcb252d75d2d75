import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { commandNameOf } from '../../cli/terminal/command-name.ts';
import { commandName } from '../../cli/terminal/cli-problem.ts';

const npx = { npm_lifecycle_event: 'npx' };

test('in the repository it is the script of npm', () => {
  expect(commandName).toBe('npm run -s stagewire --');
  const moduleUrl = 'file:///clone/cli/terminal/command-name.ts';
  expect(commandNameOf({ moduleUrl, env: npx })).toBe('npm run -s stagewire --');
});

test.each([
  ['on the path', {}, 'stagewire'],
  ['by a script of npm', { npm_lifecycle_event: 'start' }, 'stagewire'],
  ['by npx', npx, 'npx stagewire'],
])('installed and called %s it is that name', async (_how, env, expected) => {
  await using project = await installedIn({ dependencies: { stagewire: 'file:stagewire-0.1.0.tgz' } });
  expect(commandNameOf({ moduleUrl: project.moduleUrl, env })).toBe(expected);
});

// No package of that name is published.
test.each([
  ['./dist/stagewire-0.1.0.tgz', 'npx ./dist/stagewire-0.1.0.tgz'],
  ['/srv/stagewire-0.1.0.tgz', 'npx --package /srv/stagewire-0.1.0.tgz stagewire'],
])('called by npx with the tarball %s it names the tarball', async (given, expected) => {
  await using cache = await installedIn({ _npx: { packages: [given] } });
  expect(commandNameOf({ moduleUrl: cache.moduleUrl, env: npx })).toBe(expected);
});

test.each([[{ _npx: {} }], [{ _npx: { packages: [1] } }], ['no object'], [undefined]])(
  'a manifest %j of the folder around it is no harm',
  async (manifest) => {
    await using folder = await installedIn(manifest);
    expect(commandNameOf({ moduleUrl: folder.moduleUrl, env: npx })).toBe('npx stagewire');
  },
);

async function installedIn(manifest: unknown) {
  const path = await mkdtemp(join(tmpdir(), 'command-name-'));
  const home = join(path, 'node_modules/stagewire/cli/terminal');
  await mkdir(home, { recursive: true });
  if (manifest !== undefined) await writeFile(join(path, 'package.json'), JSON.stringify(manifest));
  return {
    moduleUrl: pathToFileURL(join(home, 'command-name.js')).href,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
