import { expect, test } from 'vitest';
import { plannedFiles } from '../../server/pipeline/planned-files.ts';

const design = (lines: string, info = 'files') =>
  `# Design\n\n\`\`\`${info}\n${lines}\n\`\`\`\n\nProse on src/no.ts.\n`;

test.each([
  { title: 'one path a line', lines: 'package.json\nsrc/a.ts', paths: ['package.json', 'src/a.ts'] },
  {
    title: 'bullets, numbers and backticks',
    lines: '- src/a.ts\n2. `src/b.ts`',
    paths: ['src/a.ts', 'src/b.ts'],
  },
  {
    title: 'a remark behind the path',
    lines: 'src/a.ts — the queue\nsrc/b.ts: the store',
    paths: ['src/a.ts', 'src/b.ts'],
  },
  { title: 'folders and blank lines are no files', lines: 'src/\n\nsrc/a.ts', paths: ['src/a.ts'] },
  { title: 'comments are no files', lines: '# new\n// old\nsrc/a.ts', paths: ['src/a.ts'] },
  {
    title: 'what is not clean and relative is left out',
    lines: '/etc/a\n../b\nsrc/a.ts',
    paths: ['src/a.ts'],
  },
  { title: 'a path comes once', lines: 'a.ts\n./a.ts', paths: ['a.ts'] },
])('a file list: $title', ({ lines, paths }) => {
  expect(plannedFiles(design(lines))).toEqual(paths);
});

test('other blocks are no file list', () => {
  expect(plannedFiles(design('src/a.ts', 'ts'))).toEqual([]);
  expect(plannedFiles('```files\nsrc/a.ts')).toEqual([]);
});
