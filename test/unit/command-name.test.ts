import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { commandNameOf } from '../../cli/terminal/command-name.ts';

const npx = { npm_lifecycle_event: 'npx' };
const inClone = 'file:///clone/cli/terminal/command-name.ts';

test.each([
  ['by npx', npx, 'npx stagewire'],
  ['by the script of npm', { npm_lifecycle_event: 'stagewire' }, 'npm run -s stagewire --'],
  ['by its file', {}, 'npx stagewire'],
])('in the repository, called %s', async (_how, env, expected) => {
  await using folder = await emptyFolder();
  const called = { moduleUrl: inClone, env, program: '/clone/cli/stagewire.ts', cwd: folder.path };
  expect(commandNameOf(called)).toBe(expected);
});

test('found by a shell it is its name, wherever it is called', async () => {
  await using bin = await emptyFolder();
  await using elsewhere = await emptyFolder();
  await writeFile(join(bin.path, 'stagewire'), '');
  const env = { PATH: `/no-such-folder:${bin.path}` };
  for (const moduleUrl of [inClone, 'file:///usr/lib/node_modules/stagewire/lib/cli-problem.js']) {
    const called = { moduleUrl, env, program: join(bin.path, 'stagewire'), cwd: elsewhere.path };
    expect(commandNameOf(called)).toBe('stagewire');
  }
});

test.each([
  ['by npx', npx],
  ['by a script of npm', { npm_lifecycle_event: 'start' }],
  ['by its path', {}],
])('installed in a project and called %s, npx finds it', async (_how, env) => {
  await using project = await installedIn({ dependencies: { stagewire: 'file:stagewire-0.1.0.tgz' } });
  const { moduleUrl, program, path: cwd } = project;
  // As npx and the scripts of npm set it.
  const path = { PATH: `${join(cwd, 'node_modules/.bin')}:/no-such-folder` };
  expect(commandNameOf({ moduleUrl, env: { ...env, ...path }, program, cwd })).toBe('npx stagewire');
  const below = { moduleUrl, env: { ...env, ...path }, program, cwd: join(cwd, 'node_modules') };
  expect(commandNameOf(below)).toBe('npx stagewire');
});

test('called by a path from a folder where npx does not find it, it is that path', async () => {
  await using project = await installedIn({});
  await using elsewhere = await emptyFolder();
  const { moduleUrl, program } = project;
  expect(commandNameOf({ moduleUrl, env: {}, program, cwd: elsewhere.path })).toBe(program);
  await writeFile(join(elsewhere.path, 'stagewire'), '');
  const link = { moduleUrl, env: {}, program: join(elsewhere.path, 'stagewire'), cwd: elsewhere.path };
  expect(commandNameOf(link)).toBe('./stagewire');
});

// No package of that name is published.
test.each([
  ['./dist/stagewire-0.1.0.tgz', 'npx ./dist/stagewire-0.1.0.tgz'],
  ['/srv/stagewire-0.1.0.tgz', 'npx --package /srv/stagewire-0.1.0.tgz stagewire'],
])('called by npx with the tarball %s it names the tarball', async (given, expected) => {
  await using cache = await installedIn({ _npx: { packages: [given] } });
  expect(commandNameOf({ ...cache, env: npx, cwd: '/' })).toBe(expected);
});

test.each([[{ _npx: {} }], [{ _npx: { packages: [1] } }], ['no object'], [undefined]])(
  'a manifest %j of the folder around it is ignored',
  async (manifest) => {
    await using folder = await installedIn(manifest);
    expect(commandNameOf({ ...folder, env: npx, cwd: '/' })).toBe('npx stagewire');
  },
);

async function installedIn(manifest: unknown) {
  const folder = await emptyFolder();
  const home = join(folder.path, 'node_modules/stagewire/lib');
  const bin = join(folder.path, 'node_modules/.bin');
  await mkdir(home, { recursive: true });
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'stagewire'), '');
  if (manifest !== undefined) await writeFile(join(folder.path, 'package.json'), JSON.stringify(manifest));
  return {
    ...folder,
    moduleUrl: pathToFileURL(join(home, 'cli-problem.js')).href,
    program: join(bin, 'stagewire'),
  };
}

async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'command-name-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
