import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunFile } from '../../client/index.ts';
import { saveFiles } from '../../cli/files/save-files.ts';
import { writeFileAtomically } from '../../cli/files/write-file.ts';
import { checkZip, saveZip } from '../../cli/files/zip-files.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Holds the folder `out` for the files, and beside it what must not change. */
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'stagewire-save-'));
  await mkdir(join(home, 'out'));
  await mkdir(join(home, 'beside'));
  await writeFile(join(home, 'beside/kept'), 'kept');
});
afterEach(() => rm(home, { recursive: true, force: true }));

const part = fc.oneof(
  fc.constantFrom('..', '.', '', 'a', 'A', 'b', 'a.ts', 'beside', 'kept', 'out', 'link', 'C:', 'nul', '.git'),
  fc.constantFrom(
    '\0',
    'a\0',
    '\ud800',
    'é',
    'e\u0301',
    'x'.repeat(300),
    'ü'.repeat(250),
    ' ',
    '...',
    'a\nb',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const hostile = fc.uniqueArray(
  fc.record({
    path: fc
      .array(fc.tuple(fc.constantFrom('/', '\\'), part), { minLength: 1, maxLength: 4 })
      .chain((parts) => fc.constantFrom(0, 1).map((from) => parts.flat().join('').slice(from))),
    text: fc.string({ maxLength: 5 }),
  }),
  { selector: ({ path }) => path, maxLength: 8 },
);

test('whatever their paths, all files are below the folder, each with its text, and nothing else changes', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (files) => {
      const folder = join(home, 'out');
      await rm(folder, { recursive: true, force: true });
      const saved = await saveFiles(files.map(asFile), { folder, force: false });
      expect(saved.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
      for (const [index, { savedAs }] of saved.entries()) {
        expect(await readFile(join(folder, savedAs), 'utf8')).toBe(
          Buffer.from(files[index]?.text ?? '').toString(),
        );
      }
      const there = files.length === 0 ? [] : await filesBelow(folder);
      expect(there).toEqual(saved.map(({ savedAs }) => savedAs).toSorted());
      expect(await filesBelow(home)).toEqual(['beside/kept', ...there.map((name) => `out/${name}`)]);
      // The same files again are no conflict.
      const again = await saveFiles(files.map(asFile), { folder, force: false });
      expect(again.every(({ result }) => result === 'unchanged')).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('nothing is written through links that lead out, and nothing at all if one of them does', async () => {
  await symlink(join(home, 'beside'), join(home, 'out/link'));
  await symlink('../beside/../beside', join(home, 'out/way'));
  await symlink(join(home, 'nowhere'), join(home, 'out/dangling'));
  await mkdir(join(home, 'out/inner'));
  await symlink('inner', join(home, 'out/within'));
  const save = (...paths: readonly string[]) =>
    saveFiles(
      paths.map((path) => asFile({ path, text: 'new' })),
      { folder: join(home, 'out'), force: true },
    );
  for (const path of ['link/kept', 'way/deep/x', 'dangling/x', 'within/../link/x']) {
    const saving = save('fine.ts', path);
    if (path.includes('..')) {
      // It is saved, under another name.
      expect((await saving)[1]?.savedAs).toBe('within/__/link/x');
      await rm(join(home, 'out/fine.ts'));
      continue;
    }
    await expect(saving).rejects.toMatchObject({
      code: 'FILES_CONFLICT',
      message: expect.stringContaining('is a link that leads out of the folder') as string,
    });
    expect(await readdir(join(home, 'out'))).not.toContain('fine.ts');
  }
  expect(await filesBelow(join(home, 'beside'))).toEqual(['kept']);
  expect(await readFile(join(home, 'beside/kept'), 'utf8')).toBe('kept');
  await save('within/x');
  expect(await readFile(join(home, 'out/inner/x'), 'utf8')).toBe('new');
});

test('a folder that is itself a link is used, as the user named it', async () => {
  await symlink('beside', join(home, 'named'));
  await saveFiles([asFile({ path: 'x', text: 'new' })], { folder: join(home, 'named'), force: false });
  expect(await readFile(join(home, 'beside/x'), 'utf8')).toBe('new');
});

test('a file that appears after the check is kept, and no temporary file is left', async () => {
  const target = join(home, 'out/x');
  await writeFile(target, 'mine');
  const options = { newId: () => 'id' };
  await expect(writeFileAtomically(target, 'new', { ...options, replaces: false })).rejects.toThrow('EEXIST');
  expect(await readFile(target, 'utf8')).toBe('mine');
  await writeFileAtomically(target, 'new', { ...options, replaces: true });
  expect(await readFile(target, 'utf8')).toBe('new');
  expect(await readdir(join(home, 'out'))).toEqual(['x']);
});

test('a file is not executable', async () => {
  await saveFiles([asFile({ path: 'x.sh', text: '#!/bin/sh\n' })], {
    folder: join(home, 'out'),
    force: false,
  });
  const { mode } = await stat(join(home, 'out/x.sh'));
  expect(mode & 0o111).toBe(0);
});

function asFile({ path, text }: { readonly path: string; readonly text: string }): RunFile {
  return { path, text, language: 'text', from: 'stage', stage: 1, attempt: 1 };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
}

test('two files that a link makes one are a conflict, and nothing is written', async () => {
  await mkdir(join(home, 'out/inner/deep'), { recursive: true });
  await symlink('inner', join(home, 'out/twin'));
  await symlink('.', join(home, 'out/self'));
  for (const paths of [
    ['inner/x', 'twin/x'],
    ['twin/deep/new/x', 'inner/deep/new/x'],
  ]) {
    const files = paths.map((path) => asFile({ path, text: path }));
    await expect(saveFiles(files, { folder: join(home, 'out'), force: true })).rejects.toMatchObject({
      code: 'FILES_CONFLICT',
      message: expect.stringContaining('a link makes it the same file as') as string,
    });
  }
  await expect(
    saveFiles([asFile({ path: 'self/x', text: '' })], { folder: join(home, 'out'), force: true }),
  ).rejects.toThrow('self is a link to the folder itself');
  expect(await filesBelow(join(home, 'out'))).toEqual([]);
});

test('a folder that has become a link out since the check is not written through', async () => {
  await symlink(join(home, 'beside'), join(home, 'out/late'));
  const root = await realpath(join(home, 'out'));
  const options = {
    replaces: true,
    isAllowed: (folder: string) => folder.startsWith(`${root}${sep}`),
    newId: () => 'id',
  };
  await expect(writeFileAtomically(join(home, 'out/late/kept'), 'new', options)).rejects.toThrow(
    'a link that leads out of the folder has appeared',
  );
  expect(await readFile(join(home, 'beside/kept'), 'utf8')).toBe('kept');
  expect(await readdir(join(home, 'beside'))).toEqual(['kept']);
});

test('a new folder below a link is used', async () => {
  await symlink(join(home, 'beside'), join(home, 'way'));
  await saveFiles([asFile({ path: 'x', text: 'x' })], { folder: join(home, 'way/new/er'), force: false });
  expect(await readFile(join(home, 'beside/new/er/x'), 'utf8')).toBe('x');
});

test('a folder that cannot be created in a folder that exists is an error and not an endless loop', async () => {
  const file = asFile({ path: 'a/x', text: '' });
  await expect(saveFiles([file], { folder: '/proc/no/such', force: false })).rejects.toMatchObject({
    code: 'WRITE_FAILED',
  });
});

test('a ZIP replaces no folder and nothing else that is not a file', async () => {
  const pipe = join(home, 'pipe');
  await promisify(execFile)('mkfifo', [pipe]);
  for (const place of [pipe, join(home, 'out')]) {
    await expect(checkZip(place, Buffer.of(1), true)).rejects.toMatchObject({ code: 'FILES_CONFLICT' });
    await expect(saveZip(place, Buffer.of(1), true)).rejects.toThrow('is not a file');
  }
  expect((await stat(pipe)).isFIFO()).toBe(true);
});
