import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinParts } from '@stagewire/shared/text/file-text';
import { fenced } from '@stagewire/shared/text/fences';
import { readFiles } from '@stagewire/shared/text/read-files';
import { numberedLines } from '../../server/pipeline/numbered-lines.ts';

test.each([
  ['', ''],
  ['a', '1| a'],
  ['a\n\nb\n', '1| a\n2|\n3| b\n'],
  ['\n', '1|\n'],
  ['a\r\n\r\nb\r\n', '1| a\r\n2|\r\n3| b\r\n'],
  ['  a\n', '1|   a\n'],
])('%j is shown as %j', (text, numbered) => {
  expect(numberedLines(text)).toBe(numbered);
});

test('a model that copies the numbers all the same writes the file without them', () => {
  const line = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', ' ', '|', '1', '\t', '{', '"') }),
    fc.constantFrom('', '12| x', '  y', 'return 1;'),
  );
  fc.assert(
    fc.property(
      // Numbers with nothing behind any of them are rather a text than a file of blank lines.
      fc.array(line, { minLength: 1, maxLength: 12 }).filter((lines) => lines.join('').trim() !== ''),
      fc.constantFrom('\n', '\r\n'),
      (lines, end) => {
        const text = lines.map((one) => `${one}${end}`).join('');
        const answer = `${fenced(numberedLines(text), 'ts src/a.ts')}\n`;
        const [file] = readFiles(answer).files;
        expect(file && joinParts(answer, file.parts)).toBe(text);
      },
    ),
  );
});
