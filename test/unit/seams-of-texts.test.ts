import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFiles } from '@stagewire/shared/text/read-files';
import { contentsIn, lines, skippedIn } from '../support/files-in-text.ts';

const head = lines('Notes.', '', '```ts src/a.ts', 'export const a = 1;', 'export const b = 2;');
const whole = 'export const a = 1;\nexport const b = 2;\nexport const c = 3;\n';

/** What the attempts wrote, one after the other. */
function joined(...texts: readonly string[]) {
  const seams: number[] = [];
  let text = '';
  for (const more of texts) {
    if (text !== '') seams.push(text.length);
    text += more;
  }
  return { text, seams };
}

function contentsOf(...texts: readonly string[]): Record<string, string> {
  const { text, seams } = joined(...texts);
  return contentsIn(text, { seams });
}

describe('an attempt goes on in an open block', () => {
  test.each([
    ['as it should', 'export const c = 3;\n```\n'],
    ['with a fence of the same language and path', '```ts src/a.ts\nexport const c = 3;\n```\n'],
    ['with a fence of the same language', '```ts\nexport const c = 3;\n```\n'],
    ['with a fence that calls the language otherwise', '```typescript\nexport const c = 3;\n```\n'],
    ['with words and a fence', 'Sure, continuing:\n\n```ts src/a.ts\nexport const c = 3;\n```\n'],
    ['with words that name the file', 'Continuing `src/a.ts`:\n```ts\nexport const c = 3;\n```\n'],
    ['with words and a bare fence', 'Here is the rest:\n```\nexport const c = 3;\n```\n'],
    ['with words alone', 'Sure, continuing:\n\nexport const c = 3;\n```\n'],
    ['with a line that was there', 'export const b = 2;\nexport const c = 3;\n```\n'],
    ['with a fence and a line that was there', '```ts\nexport const b = 2;\nexport const c = 3;\n```\n'],
    [
      'with two lines that were there',
      'export const a = 1;\nexport const b = 2;\nexport const c = 3;\n```\n',
    ],
    ['with the whole file', `\`\`\`ts src/a.ts\n${whole}\`\`\`\n`],
    ['with the whole file and words', `Here is the whole file again:\n\n\`\`\`ts src/a.ts\n${whole}\`\`\`\n`],
    ['with the whole file under no path', `\`\`\`ts\n${whole}\`\`\`\n`],
    ['with thoughts', '<think>\nWhere was I?\n</think>\nexport const c = 3;\n```\n'],
  ])('%s', (_what, more) => {
    expect(contentsOf(head, more)).toEqual({ 'src/a.ts': whole });
    const { text, seams } = joined(head, `${more}\n\`\`\`ts src/b.ts\nB\n\`\`\`\n`);
    expect(contentsIn(text, { seams })).toEqual({ 'src/a.ts': whole, 'src/b.ts': 'B\n' });
    expect(skippedIn(text, { seams })).toEqual([]);
    expect(readFiles(text, { seams }).notes.trim()).toBe('Notes.');
  });

  test.each([
    ['as it should', 'port const c = 3;\n```\n'],
    ['with a fence', '```ts\nport const c = 3;\n```\n'],
    ['with a fence and the path', '```ts src/a.ts\nport const c = 3;\n```\n'],
    ['with a bare fence', '```\nport const c = 3;\n```\n'],
    ['with whole lines that were there', 'export const b = 2;\nexport const c = 3;\n```\n'],
    ['with the whole file', `\`\`\`ts src/a.ts\n${whole}\`\`\`\n`],
  ])('in the middle of a line, %s', (_what, more) => {
    expect(contentsOf(`${head}ex`, more)).toEqual({ 'src/a.ts': whole });
  });

  test('with the fence that closes it, directly behind the last line', () => {
    expect(contentsOf(head.trimEnd(), '```\n\n```ts src/b.ts\nB\n```\n')).toEqual({
      'src/a.ts': 'export const a = 1;\nexport const b = 2;',
      'src/b.ts': 'B\n',
    });
    expect(contentsOf(head, '```\n\nThat is all.\n')).toEqual({
      'src/a.ts': 'export const a = 1;\nexport const b = 2;\n',
    });
  });

  test('with a last line that was whole but for its end', () => {
    expect(contentsOf(head.trimEnd(), 'export const b = 2;\nexport const c = 3;\n```\n')).toEqual({
      'src/a.ts': whole,
    });
  });

  test('in the line that opens the block', () => {
    expect(contentsOf('```ts src', '/a.ts\nA\n```\n')).toEqual({ 'src/a.ts': 'A\n' });
    expect(contentsOf('```ts src', '```ts src/a.ts\nA\n```\n')).toEqual({ 'src/a.ts': 'A\n' });
    expect(contentsOf('```', 'ts src/a.ts\nA\n```\n')).toEqual({ 'src/a.ts': 'A\n' });
  });

  test('of a README, in a block inside it', () => {
    const readme = '```md README.md\n# Queue\n\n```sh\nnpm i\n';
    const wanted = { 'README.md': '# Queue\n\n```sh\nnpm i\nnpm start\n```\n\nEnd.\n' };
    expect(contentsOf(readme, '```sh\nnpm start\n```\n\nEnd.\n```\n')).toEqual(wanted);
    expect(contentsOf(readme, 'npm start\n```\n\nEnd.\n```\n')).toEqual(wanted);
  });

  test('three times', () => {
    expect(
      contentsOf('```ts src/a.ts\na\nb\n', 'Continuing:\n```ts\nb\nc\n', '```ts src/a.ts\nd\n', 'e\n```\n'),
    ).toEqual({
      'src/a.ts': 'a\nb\nc\nd\ne\n',
    });
  });

  test('with another file: the open one stays open', () => {
    const { text, seams } = joined(head, '```ts src/b.ts\nB\n```\n');
    expect(contentsIn(text, { seams })).toEqual({ 'src/b.ts': 'B\n' });
    expect(skippedIn(text, { seams })).toEqual(['open src/a.ts']);
  });
});

describe('what is no repetition stays', () => {
  test.each([
    ['half a line', '```text a.txt\none\ntw', 'two\n```\n', 'one\ntwtwo\n'],
    ['a bracket', '```ts a.txt\nf(() => {\n}\n', '}\n```\n', 'f(() => {\n}\n}\n'],
    ['a line further up', '```text a.txt\none\ntwo\n', 'one\nthree\n```\n', 'one\ntwo\none\nthree\n'],
    ['a blank line', '```text a.txt\none\n\n', '\ntwo\n```\n', 'one\n\n\ntwo\n'],
    ['words in a text', '```text a.txt\none\n', 'Sure, two:\nthree\n```\n', 'one\nSure, two:\nthree\n'],
    [
      'a fence in Markdown',
      '```md a.txt\n# One\n',
      '```sh\nls\n```\nend\n```\n',
      '# One\n```sh\nls\n```\nend\n',
    ],
  ])('%s', (_what, kept, more, wanted) => {
    expect(contentsOf(kept, more)).toEqual({ 'a.txt': wanted });
  });

  test('and without a seam nothing is mended', () => {
    expect(contentsIn(`${head}export const b = 2;\n\`\`\`\n`)['src/a.ts']).toBe(
      'export const a = 1;\nexport const b = 2;\nexport const b = 2;\n',
    );
  });
});

describe('an attempt goes on outside of any block', () => {
  test('with a fence directly behind the text', () => {
    expect(contentsOf('Here it is:', '```ts src/a.ts\nA\n```\n')).toEqual({ 'src/a.ts': 'A\n' });
    expect(contentsOf('```ts src/a.ts\nA\n```', '```ts src/b.ts\nB\n```\n')).toEqual({
      'src/a.ts': 'A\n',
      'src/b.ts': 'B\n',
    });
    expect(contentsOf('```ts src/a.ts\nA\n```', 'Next:\n\n```ts src/b.ts\nB\n```\n')).toEqual({
      'src/a.ts': 'A\n',
      'src/b.ts': 'B\n',
    });
  });

  test('with a line that was there', () => {
    const { text, seams } = joined('One.\n\n### src/a.ts\n', '### src/a.ts\n\n```ts\nA\n```\n');
    expect(readFiles(text, { seams })).toMatchObject({
      files: [{ path: 'src/a.ts' }],
      notes: 'One.\n\n### src/a.ts\n\n',
    });
  });
});

const piece = fc.constantFrom(
  '```ts a.ts\n',
  '```\n',
  'x\n',
  'const y',
  '\n',
  'Sure, continuing:\n',
  '```md b.md\n',
  '<think>',
  '</think>\n',
  '### c.ts\n',
  '    ```',
);

test('wherever a text was cut, all places lie in it, and files consist of what stands there', () => {
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 8 }), { minLength: 1, maxLength: 5 }), (attempts) => {
      const { text, seams } = joined(...attempts.map((it) => it.join('')).filter((it) => it !== ''));
      const { files, skipped, removed, notes } = readFiles(text, { seams });
      for (const { parts } of files) {
        let from = 0;
        for (const { offset, chars } of parts) {
          expect(offset).toBeGreaterThanOrEqual(from);
          from = offset + chars;
          expect(from).toBeLessThanOrEqual(text.length);
        }
      }
      for (const { offset, chars } of [...skipped, ...removed])
        expect(offset + chars).toBeLessThanOrEqual(text.length);
      expect(notes.length).toBeLessThanOrEqual(text.length);
    }),
  );
});
