import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunFile } from '../../client/index.ts';
import { filePatches } from '../../cli/files/file-patches.ts';

const run = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagewire-patch-'));
  await run('git', ['init', '-q'], { cwd: folder });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each<[path: string, before: string | undefined, after: string | undefined]>([
  ['a new.txt', undefined, ''],
  ['gone', '', undefined],
  ['emptied', 'a\n', ''],
  ['no end', 'a', 'a\n'],
  ['"ü\u{1f600}".md', 'a\r\nb\r', 'a\nb\r\r\n'],
  ['-x', '-- a\n', '++ b\n'],
])('git applies the patch of %j from %j to %j', async (path, before, after) => {
  if (before !== undefined) await writeFile(join(folder, path), before);
  const { files } = await filePatches(asFiles(path, before), asFiles(path, after), {
    runId: 'run_1',
    from: { stage: 1, attempt: 1 },
    to: undefined,
  });
  const patch = join(folder, '.git/a.patch');
  await writeFile(patch, files.map((file) => file.patch).join(''));
  await run('git', ['apply', patch], { cwd: folder });
  const names = (await readdir(folder)).filter((name) => name !== '.git');
  expect(names).toEqual(after === undefined ? [] : [path]);
  if (after !== undefined) expect(await readFile(join(folder, path), 'utf8')).toBe(after);
});

function asFiles(path: string, text: string | undefined): RunFile[] {
  return text === undefined ? [] : [{ path, text, language: 'text', from: 'stage', stage: 1, attempt: 1 }];
}
