import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles } from '@stagewire/shared/text/read-files';
import { leastCpuMs } from '../support/cpu-time.ts';

/** Path to language and content. */
function filesOf(text: string): Record<string, [string, string]> {
  return Object.fromEntries(
    readFiles(text).files.map(({ path, language, parts }) => [path, [language, joinParts(text, parts)]]),
  );
}

const code = 'export const a = 1;\n';
const block = (info: string, before = '') => `${before}\`\`\`${info}\n${code}\`\`\`\n`;

describe('the info string names the path', () => {
  test.each([
    ['ts src/app.ts', 'ts'],
    ['ts path=src/app.ts', 'ts'],
    ['typescript title="src/app.ts"', 'typescript'],
    ["TS file='src/app.ts' {1,3}", 'ts'],
    ['ts filename=src/app.ts', 'ts'],
    ['src/app.ts', 'ts'],
    ['ts:src/app.ts', 'ts'],
    ['js:title=src/app.ts', 'js'],
    ['ts // src/app.ts', 'ts'],
    ['ts ./src/app.ts', 'ts'],
    ['{.ts path=src/app.ts}', 'ts'],
  ])('%s', (info, language) => {
    expect(filesOf(block(info))).toEqual({ 'src/app.ts': [language, code] });
  });

  test.each([
    '',
    'ts',
    'c++',
    'application/json',
    'bash npm install',
    'ts title="How to call it"',
    'js {1,3}',
  ])('but not: %s', (info) => {
    expect(filesOf(block(info))).toEqual({});
  });
});

describe('the line before the block names the path', () => {
  test.each([
    'src/app.ts',
    'src/app.ts:',
    '### src/app.ts',
    '### `src/app.ts`',
    '## 2. `src/app.ts` (new)',
    '**src/app.ts**',
    '**src/app.ts:**',
    '`src/app.ts`:',
    '- `src/app.ts`',
    '1. **`src/app.ts`**',
    'File: src/app.ts',
    '**File:** `src/app.ts`',
    '**Filename: src/app.ts**',
    '__src/app.ts__',
  ])('%s', (line) => {
    expect(filesOf(block('ts', `${line}\n`))).toEqual({ 'src/app.ts': ['ts', code] });
    expect(filesOf(block('', `Some prose.\r\n\r\n${line}\r\n\r\n`))).toEqual({ 'src/app.ts': ['ts', code] });
  });

  test.each([
    'In `src/app.ts` we change this:',
    'Node.js',
    'Either client/server or both:',
    'https://example.com/app.ts',
    'Version 1.2',
    'src/app.ts\n\n\n',
    'src/app.ts\nand this',
  ])('but not: %s', (line) => {
    expect(filesOf(block('ts', `${line}\n`))).toEqual({});
  });

  test('for one block only', () => {
    expect(filesOf(`a.ts\n${block('ts')}\`\`\`ts\nother();\n\`\`\`\n`)).toEqual({ 'a.ts': ['ts', code] });
  });
});

describe('a comment in the first line names the path and stays', () => {
  test.each([
    ['// src/app.ts', 'src/app.ts', 'ts'],
    ['# src/app.py', 'src/app.py', 'python'],
    ['#src/app.py', 'src/app.py', 'python'],
    ['<!-- index.html -->', 'index.html', 'html'],
    ['/* app.css */', 'app.css', 'css'],
    ['-- db/schema.sql', 'db/schema.sql', 'sql'],
    ['// File: src/app.ts', 'src/app.ts', 'ts'],
    ['# Dockerfile', 'Dockerfile', 'dockerfile'],
    ['# pkg/__init__.py', 'pkg/__init__.py', 'python'],
  ])('%s', (comment, path, language) => {
    const content = `${comment}\n${code}`;
    expect(filesOf(`\`\`\`\n${content}\`\`\``)).toEqual({ [path]: [language, content] });
  });

  test.each([
    ['markdown', '# README.md'],
    ['bash', '#!/bin/run.sh'],
    ['ts', '// see src/app.ts'],
    ['ts', 'src/app.ts'],
    ['ts', '// and/or'],
  ])('but not in %s: %s', (language, line) => {
    expect(filesOf(`\`\`\`${language}\n${line}\n\`\`\``)).toEqual({});
  });
});

test('the info string goes before the line before, and that before the comment', () => {
  const text = 'b.ts\n```ts a.ts\n// c.ts\n```\nb.ts\n```ts\n// c.ts\n```\n';
  expect(Object.keys(filesOf(text))).toEqual(['a.ts', 'b.ts']);
});

describe('fences', () => {
  test('of tildes, indented up to three blanks, closed by a longer one', () => {
    expect(filesOf('   ~~~ts a.ts\n   x\n  ~~~~  \n')).toEqual({ 'a.ts': ['ts', '   x\n'] });
    expect(filesOf('    ```ts a.ts\n    x\n    ```\n')).toEqual({});
  });

  test('inside longer ones are content', () => {
    const inner = '# Title\n\n```ts src/inner.ts\nx\n```\n';
    expect(filesOf(`\`\`\`\`md README.md\n${inner}\`\`\`\`\n`)).toEqual({ 'README.md': ['md', inner] });
    expect(filesOf(`~~~md README.md\n${inner}~~~\n`)).toEqual({ 'README.md': ['md', inner] });
  });

  test('are not what three backticks around inline code are', () => {
    expect(filesOf(`\`\`\`ts a.ts\`\`\`\n${block('ts b.ts')}`)).toEqual({ 'b.ts': ['ts', code] });
  });

  test('keep CRLF in the content and out of the info string', () => {
    expect(filesOf('```ts a.ts\r\nx\r\ny\r\n```\r\n')).toEqual({ 'a.ts': ['ts', 'x\r\ny\r\n'] });
  });

  test('around nothing hold an empty file', () => {
    expect(filesOf('```py pkg/__init__.py\n```')).toEqual({ 'pkg/__init__.py': ['py', ''] });
  });

  test('that are never closed hold no file', () => {
    expect(filesOf(`${block('ts a.ts')}\`\`\`ts b.ts\nconst b`)).toEqual({ 'a.ts': ['ts', code] });
    expect(filesOf('```ts b.ts')).toEqual({});
  });

  test('are measured in UTF-16 units', () => {
    const text = '😀\n```ts a.ts\n"😀"\n```';
    const parts = [{ offset: 14, chars: 5 }];
    expect(readFiles(text).files).toEqual([{ path: 'a.ts', language: 'ts', parts }]);
  });
});

test.each([
  '../a.ts',
  'src/../a.ts',
  '/etc/a.ts',
  'C:\\a.ts',
  '..\\a.ts',
  'src//a.ts',
  `${'d/'.repeat(260)}a.ts`,
])('a path that is not clean and relative is no file: %s', (path) => {
  expect(filesOf(block(`ts ${path}`))).toEqual({});
  expect(filesOf(block(`ts path="${path}"`, 'b.ts\n'))).toEqual({});
});

test('of two blocks with one path the later one counts, at its own place', () => {
  const text = '```ts a.ts\n1\n```\n```ts b.ts\n2\n```\n```ts ./a.ts\n3\n```\n';
  expect(readFiles(text).files.map(({ path }) => path)).toEqual(['b.ts', 'a.ts']);
  expect(filesOf(text)['a.ts']).toEqual(['ts', '3\n']);
});

test('a diff is no file', () => {
  expect(filesOf(block('diff src/app.ts'))).toEqual({});
});

test('the language comes from the info string, else the extension, else it is text', () => {
  expect(filesOf(block('', 'a.rs\n'))['a.rs']?.[0]).toBe('rust');
  expect(filesOf(block('bin/run'))).toEqual({});
  expect(filesOf(block('path=bin/run'))['bin/run']?.[0]).toBe('text');
});

const path = fc
  .array(fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/), { minLength: 1, maxLength: 3 })
  .map((parts) => `${parts.join('/')}.ts`);
const content = fc
  .array(
    fc.oneof(fc.string(), fc.constantFrom('```', '~~~', '// x.ts', '```ts y.ts')).map((line) => `${line}\n`),
  )
  .map((lines) => lines.join(''));

test('files written as the roles are told to are found exactly', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(path, content), { selector: ([name]) => name }), (files) => {
      const text = files
        .map(([name, body]) => {
          const longest = Math.max(2, ...(body.match(/`+/g) ?? []).map((run) => run.length));
          const fence = '`'.repeat(longest + 1);
          return `${fence}ts ${name}\n${body}${fence}\n`;
        })
        .join('\nNotes.\n');
      expect(filesOf(text)).toEqual(Object.fromEntries(files.map(([name, body]) => [name, ['ts', body]])));
    }),
  );
});

test('every file lies within the text, behind the one before, under a clean path', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('```', '~~~', '```ts a.ts', 'b.ts', '// c.ts', '```../d.ts'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join('\n');
      let from = 0;
      for (const { path: name, parts } of readFiles(text).files) {
        for (const { offset, chars } of parts) {
          expect(offset).toBeGreaterThanOrEqual(from);
          from = offset + chars;
          expect(from).toBeLessThanOrEqual(text.length);
        }
        expect(name).not.toMatch(/^\/|\\|(?:^|\/)\.\.?(?:\/|$)/);
      }
    }),
  );
});

test.each([
  ['backticks', '`'.repeat(200_000)],
  ['lines of backticks', '```\n'.repeat(50_000)],
  ['openings that differ', '```ts a.ts\n~~~\n'.repeat(13_000)],
  ['blanks before fences', `${' '.repeat(500)}x(((\n\`\`\`\n\`\`\`\n`.repeat(400)],
  ['one long info string', `\`\`\`${'path="'.repeat(33_000)}`],
  ['braces and keys', `\`\`\`${'path="'.repeat(90)}\n\`\`\`\n`.repeat(360)],
  ['quoted fences', '> ```ts a.ts\n'.repeat(15_000)],
  ['quoted fences in a block', `\`\`\`\n${'> ```ts a.ts\n> a\n'.repeat(12_000)}`],
  ['fences behind words', 'a: ```ts a.ts\n'.repeat(14_000)],
  ['comments', `\`\`\`\n${'/*'.repeat(290)}\n\`\`\`\n`.repeat(340)],
])('200 KB of %s take linear time', (_, text) => {
  // In quadratic time it would be more than ten seconds.
  expect(leastCpuMs(() => readFiles(text), 1000)).toBeLessThan(1000);
});
