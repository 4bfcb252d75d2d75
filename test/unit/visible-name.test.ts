import { StartInput } from '@stagewire/shared/commands';
import { cleanPath, isCleanRelativePath } from '@stagewire/shared/text/file-path';
import { readFiles } from '@stagewire/shared/text/read-files';
import { safePaths } from '@stagewire/shared/text/safe-paths';
import { unseenIn, visibleName } from '@stagewire/shared/text/visible-name';
import { describe, expect, test } from 'vitest';
import { describeIssues } from '../../server/api/input-issues.ts';
import { cleanFileName } from '../../cli/render/clean-text.ts';
import { skippedLabel } from '../../console/run/skipped-labels.ts';
import { addContextFiles } from '../../console/start/add-context-files.ts';

/** What must not be in a path, by its number. */
const unseen: readonly (readonly [string, string])[] = [
  ['turns what follows around', '202E'],
  ['embeds from left to right', '202A'],
  ['isolates', '2066'],
  ['ends an isolate', '2069'],
  ['a mark from right to left', '200F'],
  ['the Arabic letter mark', '061C'],
  ['a space without width', '200B'],
  ['a joiner without width', '200D'],
  ['a non-joiner without width', '200C'],
  ['the word joiner', '2060'],
  ['a byte order mark', 'FEFF'],
  ['a soft hyphen', '00AD'],
  ['a filler of Hangul', '3164'],
  ['a line separator', '2028'],
  ['a control character of C1', '0085'],
  ['the beginning of a terminal’s command, in C1', '009B'],
  ['escape', '001B'],
  ['delete', '007F'],
  ['a tag', 'E0041'],
  ['a selector beyond the usual ones', 'E0100'],
  ['half of a character', 'D800'],
  ['its other half', 'DC00'],
];

const inName = (hex: string) => `src/app${String.fromCodePoint(Number.parseInt(hex, 16))}sj.ts`;

describe.for(unseen)('%s, U+%s', ([, hex]) => {
  const path = inName(hex);

  test('is refused in the path of an input file, by its number', () => {
    expect(isCleanRelativePath(path)).toBe(false);
    const { error } = StartInput.safeParse({ task: 't', files: [{ path, text: '' }] });
    expect(describeIssues(error?.issues ?? [])).toEqual([
      {
        field: 'files.0.path',
        message: `has characters in it that cannot be seen or turn the text around: U+${hex}`,
      },
    ]);
  });

  test('makes no file of a model’s block', () => {
    expect(cleanPath(path)).toBeUndefined();
    const { files, skipped } = readFiles(`\`\`\`ts ${path}\nx\n\`\`\`\n`);
    for (const file of files) expect(unseenIn(file.path)).toEqual([]);
    // White space ends the word that would be the path.
    if (/\s/.test(path)) return;
    expect(files).toEqual([]);
    expect(skipped).toMatchObject([{ reason: 'path_refused' }]);
  });

  test('is shown by its number', () => {
    expect(visibleName(path)).toBe(`src/app<U+${hex}>sj.ts`);
    expect(cleanFileName(path)).toBe(`src/app<U+${hex}>sj.ts`);
    expect(skippedLabel({ reason: 'path_refused', path, offset: 0, chars: 1 })).toContain(`<U+${hex}>`);
    expect(safePaths([path])).toEqual([{ path, name: `src/app_U+${hex}_sj.ts` }]);
    expect(unseenIn(path)).toEqual([`U+${hex}`]);
    const { files, problems } = addContextFiles([], [{ path, text: '' }], limits);
    expect(files).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`src/app<U+${hex}>sj.ts has characters`)]);
  });
});

const limits = { maxFiles: 10, maxFileChars: 100, maxFilesChars: 1000 };

test.each([
  'src/app.ts',
  'docs/Überblick.md',
  'ドキュメント/設計.md',
  'פרק.md',
  'فصل.md',
  'हिन्दी.txt',
  'an emoji ⚠️.md',
  '🚀.md',
  'a\u0301.ts',
  'Bildschirmfoto 10.00.00\u202fAM.txt',
  'app/[id]/(auth)/page.tsx',
])('what can be seen stays: %s', (path) => {
  expect(isCleanRelativePath(path)).toBe(true);
  expect(visibleName(path)).toBe(path);
  expect(cleanPath(path)).toBe(path);
  expect(safePaths([path])).toEqual([{ path, name: path }]);
});

test('another fault of a path is told as before', () => {
  const { error } = StartInput.safeParse({ task: 't', files: [{ path: '../a', text: '' }] });
  expect(describeIssues(error?.issues ?? [])).toEqual([
    {
      field: 'files.0.path',
      message: 'must be a clean relative path with forward slashes, as in src/app.ts',
    },
  ]);
});
