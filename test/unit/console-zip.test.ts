import { expect, test } from 'vitest';
import type { RunFile } from '@stagewire/client';
import { zipOf } from '../../cli/files/zip-files.ts';
import { zipFiles } from '../../console/files/zip-files.ts';

const file = (path: string, text: string): RunFile => ({ path, text, language: 'text', from: 'input' });

test('the ZIP of the console has the same bytes as that of the command line', async () => {
  const files = [
    file('src/b.ts', 'export const ü = 1;\n'),
    file('README.md', '# Clock\n'),
    file('readme.md', 'lower case'),
    file('../aux.c', ''),
    file('a\u202eb.txt', 'turned'),
    file('src', 'a file and a folder'),
  ];
  const zip = zipFiles('run_0000000001', files);
  expect(Buffer.from(zip).equals(await zipOf('run_0000000001', files))).toBe(true);
  // The order in which the server lists them does not matter.
  expect(Buffer.from(zipFiles('run_0000000001', files.toReversed())).equals(zip)).toBe(true);
});
