import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJsonReport } from '../../cli/terminal/json-report.ts';

test('without a file the report is printed, and without the option it is not', async () => {
  expect((await openJsonReport(true, '/')).isPrinted).toBe(true);
  expect((await openJsonReport(undefined, '/')).isPrinted).toBe(false);
});

test('with a file it is written there, and nothing is there before', async () => {
  await using folder = await emptyFolder();
  const json = await openJsonReport('report.json', folder.path);
  expect(json.isPrinted).toBe(false);
  expect(await readdir(folder.path)).toEqual([]);
  await json.write({ passed: 3 });
  expect(JSON.parse(await readFile(join(folder.path, 'report.json'), 'utf8'))).toEqual({ passed: 3 });
});

test('a report that is there is replaced by the next one, and not before', async () => {
  await using folder = await emptyFolder();
  const path = join(folder.path, 'report.json');
  await writeFile(path, '{"passed": 100000}');
  const json = await openJsonReport(path, '/');
  expect(await readFile(path, 'utf8')).toBe('{"passed": 100000}');
  await json.write({ passed: 3 });
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ passed: 3 });
});

test.each(['no-such-folder/report.json', '.'])(
  'a path that cannot be written is reported first: %s',
  async (path) => {
    await using folder = await emptyFolder();
    await expect(openJsonReport(path, folder.path)).rejects.toThrow(
      /^The report cannot be written to .*Choose another file\.$/,
    );
  },
);

async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'json-report-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
