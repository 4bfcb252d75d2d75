import { describe, expect, test } from 'vitest';
import { joinParts } from '@stagewire/shared/text/file-text';
import { maxSkippedPerText, readFiles } from '@stagewire/shared/text/read-files';
import { contentsIn, lines, skippedIn } from '../support/files-in-text.ts';

describe('a tag holds a file', () => {
  const code = 'export const a = 1;\n';
  test.each([
    ['a path', `<file path="src/a.ts">\n${code}</file>\n`],
    ['single quotes', `<file path='src/a.ts'>\n${code}</file>\n`],
    ['a name', `<file name="src/a.ts">\n${code}</file>`],
    ['more attributes', `<file lang="ts" path="src/a.ts" status="new">\n${code}</file>\n`],
    [
      'Bolt’s action',
      `<boltArtifact id="x" title="A queue">\n  <boltAction type="file" filePath="src/a.ts">\n${code}  </boltAction>\n</boltArtifact>\n`,
    ],
    ['Lovable’s', `<lov-write file_path="src/a.ts">\n${code}</lov-write>\n`],
    ['Dyad’s', `<dyad-write path="src/a.ts" description="the queue">\n${code}</dyad-write>\n`],
    ['a fence inside', `<file path="src/a.ts">\n\`\`\`ts\n${code}\`\`\`\n</file>\n`],
    ['a fence with blank lines around', `<file path="src/a.ts">\n\n\`\`\`ts\n${code}\`\`\`\n\n</file>\n`],
    ['CDATA inside', `<file path="src/a.ts"><![CDATA[\n${code}]]></file>\n`],
    ['no end, over a fence', `<file path="src/a.ts">\n\`\`\`ts\n${code}\`\`\`\n`],
    ['Cline’s', `<write_to_file>\n<path>src/a.ts</path>\n<content>\n${code}</content>\n</write_to_file>\n`],
    [
      'a tag around, in a block',
      `\`\`\`xml\n<files>\n<file path="src/a.ts">\n${code}</file>\n</files>\n\`\`\`\n`,
    ],
    ['backslashes', `<file path="src\\a.ts">\n${code}</file>\n`],
  ])('%s', (_what, text) => {
    expect(contentsIn(text)).toEqual({ 'src/a.ts': code });
    expect(contentsIn(`Here it is.\n\n${text}\nDone.\n`)).toEqual({ 'src/a.ts': code });
  });

  test('on one line', () => {
    expect(contentsIn('<file path="VERSION">1.0</file>\n')).toEqual({ VERSION: '1.0' });
  });

  test('with fences in it that are its content', () => {
    const readme = lines('```sh', 'npm i', '```', '', 'Then run.');
    const text = `<file path="README.md">\n${readme}</file>\n\n<file path="src/a.ts">\nA\n</file>\n`;
    expect(contentsIn(text)).toEqual({ 'README.md': readme, 'src/a.ts': 'A\n' });
  });

  test('beside files in fences', () => {
    const text = '<file path="src/a.ts">\nA\n</file>\n\n```ts src/b.ts\nB\n```\n';
    expect(contentsIn(text)).toEqual({ 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' });
  });

  test('but not one without an end, nor a tag in code, in a sentence or of another kind', () => {
    expect(skippedIn('<file path="src/a.ts">\nconst a')).toEqual(['open src/a.ts']);
    expect(contentsIn('```xml config.xml\n<file path="src/a.ts">\nA\n</file>\n```\n')).toEqual({
      'config.xml': '<file path="src/a.ts">\nA\n</file>\n',
    });
    expect(contentsIn('Use <file path="src/a.ts">A</file> here.\n')).toEqual({});
    expect(contentsIn('<boltAction type="shell">npm i</boltAction>\n')).toEqual({});
    expect(contentsIn('<img src="a.png">\n<a href="b.html">x</a>\n')).toEqual({});
    expect(contentsIn('<path d="M0 0" name="a.ts">\n</path>\n')).toEqual({});
  });
});

describe('a block in a list', () => {
  test.each([
    [
      'by four',
      '1. `src/a.py`:\n\n    ```python\n    def f():\n        return 1\n\n    f()\n    ```\n2. Run.\n',
    ],
    ['by two', '- `src/a.py`:\n  ```python\n  def f():\n      return 1\n\n  f()\n  ```\n'],
    ['by three', '1. `src/a.py`\n   ```python\n   def f():\n       return 1\n\n   f()\n   ```\n'],
    ['by a tab', '- `src/a.py`:\n\n\t```python\n\tdef f():\n\t    return 1\n\n\tf()\n\t```\n'],
    [
      'with its content not indented',
      '1. `src/a.py`:\n\n    ```python\ndef f():\n    return 1\n\nf()\n    ```\n',
    ],
    [
      'with less indented content',
      '1. `src/a.py`:\n\n    ```python\n  def f():\n      return 1\n\n  f()\n    ```\n',
    ],
  ])('is read without its indentation: %s', (_what, text) => {
    expect(contentsIn(text)).toEqual({ 'src/a.py': 'def f():\n    return 1\n\nf()\n' });
  });

  test('consists of pieces of the text', () => {
    const text = '- a.ts\n  ```ts\n  x\n\n  y\n  ```\n';
    expect(readFiles(text).files[0]?.parts).toEqual([
      { offset: 17, chars: 2 },
      { offset: 19, chars: 1 },
      { offset: 22, chars: 2 },
    ]);
  });

  test('and without a list the indentation stays', () => {
    expect(contentsIn('   ```ts a.ts\n   x\n   ```\n')).toEqual({ 'a.ts': '   x\n' });
    expect(contentsIn('Words.\n\n    ```ts a.ts\n    x\n    ```\n')).toEqual({});
  });
});

describe('numbered lines', () => {
  test.each([
    ['of one width', '1| a\n2| b\n3|\n4|   c\n'],
    ['right-aligned', ' 1| a\n 2| b\n 3| \n 4|   c\n'],
  ])('are read without their numbers: %s', (_what, content) => {
    expect(contentsIn(`\`\`\`ts src/a.ts\n${content}\`\`\`\n`)).toEqual({ 'src/a.ts': 'a\nb\n\n  c\n' });
  });

  test('also where a tab follows, and in a list', () => {
    expect(contentsIn('```go main.go\n1| a\n2| \tb\n```\n')).toEqual({ 'main.go': 'a\n\tb\n' });
    expect(contentsIn('- a.ts\n  ```ts\n  1| x\n  2|   y\n  ```\n')).toEqual({ 'a.ts': 'x\n  y\n' });
  });

  test('of thousands of lines', () => {
    const all = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
    const text = `\`\`\`ts a.ts\n${all.map((it, index) => `${index + 1}| ${it}\n`).join('')}\`\`\`\n`;
    expect(contentsIn(text)).toEqual({ 'a.ts': lines(...all) });
  });

  test('that do not begin with 1 are an excerpt', () => {
    const text = '```ts a.ts\n7| x\n8| y\n```\n';
    expect(contentsIn(text)).toEqual({ 'a.ts': 'x\ny\n' });
    expect(skippedIn(text, { present: () => 'old\n' })).toEqual(['excerpt a.ts']);
  });

  test.each([
    '1| a\nb\n',
    '1| a\n3| b\n',
    'a\n1| b\n',
    '| 1 | 2 |\n',
    '1|2\nx\n',
    '1|2\n2|3\n',
    '1 | a\n2 | b\n',
    '0| a\n1| b\n',
    '1|\n',
  ])('but these are text: %j', (content) => {
    expect(contentsIn(`\`\`\`text a.txt\n${content}\`\`\`\n`)).toEqual({ 'a.txt': content });
  });
});

describe('removals', () => {
  const present = (path: string) => (path.startsWith('src/') ? 'old\n' : undefined);

  test('are empty blocks that say delete and one path', () => {
    const text = 'Gone:\n\n```delete src/a.ts\n```\n\n~~~delete "src/My Notes.md"\n\n~~~\n';
    const { removed, skipped, files, notes } = readFiles(text, { present });
    expect(removed.map(({ path, offset, chars }) => [path, text.slice(offset, offset + chars)])).toEqual([
      ['src/a.ts', '```delete src/a.ts\n```\n'],
      ['src/My Notes.md', '~~~delete "src/My Notes.md"\n\n~~~\n'],
    ]);
    expect([skipped, files, notes]).toEqual([[], [], 'Gone:\n\n\n']);
  });

  test.each([
    ['no_such_file b.ts', '```delete b.ts\n```\n'],
    ['no_path src/a.ts', '```delete src/a.ts\nold\n```\n'],
    ['no_path', '```delete src/a.ts src/b.ts\n```\n'],
    ['no_path', '```delete\n```\n'],
    ['path_refused ../a.ts', '```delete ../a.ts\n```\n'],
    ['open', '```delete src/a.ts\n'],
  ])('otherwise skipped as %s', (reason, text) => {
    const { removed, files } = readFiles(text, { present });
    expect([removed, files]).toEqual([[], []]);
    expect(skippedIn(text, { present })[0]).toMatch(reason);
  });

  test('are undone by a later block of the path, and undo an earlier one', () => {
    const write = '```ts src/a.ts\nnew\n```\n';
    const remove = '```delete src/a.ts\n```\n';
    expect(contentsIn(remove + write, { present })).toEqual({ 'src/a.ts': 'new\n' });
    expect(readFiles(remove + write, { present }).removed).toEqual([]);
    expect(contentsIn(write + remove, { present })).toEqual({});
    expect(readFiles(write + remove, { present }).removed).toHaveLength(1);
  });
});

test('an empty block that says unchanged changes nothing', () => {
  expect(readFiles('All is well.\n\n```unchanged\n```\n')).toMatchObject({
    unchanged: true,
    files: [],
    skipped: [],
    notes: 'All is well.\n\n',
  });
  expect(readFiles('```unchanged\nx\n```\n').unchanged).toBe(false);
  expect(readFiles('It is unchanged.\n').unchanged).toBe(false);
});

describe('what is no file is told', () => {
  test.each([
    ['no_path', '```sh\nnpm i\n```\n'],
    ['no_path', '```\nx\n```\n'],
    ['open', '```ts\nconst'],
    ['open src/a.ts', '### src/a.ts\n```ts\nconst'],
    ['diff src/a.ts', '```diff src/a.ts\n-a\n+b\n```\n'],
    ['diff src/a.ts', '```ts src/a.ts\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n'],
    ['diff src/a.ts', 'src/a.ts\n```\n------- SEARCH\na\n=======\nb\n+++++++ REPLACE\n```\n'],
    ['diff src/a.ts', '```ts src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,2 +1,2 @@\n-a\n+b\n```\n'],
    ['diff', '```\n*** Begin Patch\n*** Update File: src/a.ts\n*** End Patch\n```\n'],
    ['duplicate src/a.ts', '```ts src/a.ts\n1\n```\n```ts src/a.ts\n2\n```\n'],
    ['too_many src/b.ts', '```ts src/a.ts\n1\n```\n```ts src/b.ts\n2\n```\n'],
  ])('%s: %j', (reason, text) => {
    expect(skippedIn(text, { maxFiles: 1 })).toEqual([reason]);
    const [skip] = readFiles(text, { maxFiles: 1 }).skipped;
    const content = text.slice(skip?.offset, (skip?.offset ?? 0) + (skip?.chars ?? 0));
    expect(content).not.toContain('```');
    expect(content).not.toBe('');
  });

  test('and stays in the notes, other than what was taken, and older versions of it', () => {
    const text = 'One.\n\n```ts src/a.ts\n1\n```\n\n```sh\nls\n```\n\n```ts src/a.ts\n2\n```\n\nTwo.\n';
    expect(readFiles(text).notes).toBe('One.\n\n\n```sh\nls\n```\n\n\nTwo.\n');
  });

  test('at most a hundred times, and what may be repaired first', () => {
    const text = `${'```sh\nls\n```\n'.repeat(300)}\`\`\`ts src/a.ts\nopen`;
    const { skipped } = readFiles(text);
    expect(skipped).toHaveLength(maxSkippedPerText);
    expect(skipped.at(-1)).toMatchObject({ reason: 'open', path: 'src/a.ts' });
  });

  test('but a patch file, a file with conflict marks and prose about them are files', () => {
    expect(Object.keys(contentsIn('```diff fixes/a.patch\n-a\n+b\n```\n'))).toEqual(['fixes/a.patch']);
    expect(
      Object.keys(
        contentsIn('```md docs/edits.md\nA block:\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n'),
      ),
    ).toEqual(['docs/edits.md']);
    expect(Object.keys(contentsIn('```yaml a.yaml\n--- a\nb: 1\n```\n'))).toEqual(['a.yaml']);
  });
});

describe('thoughts at the front', () => {
  const answer = 'Notes.\n\n```ts src/a.ts\nA\n```\n';
  test.each([
    '<think>\nDraft:\n```ts src/b.ts\nB\n```\n</think>\n',
    '<thinking>\nDraft:\n```ts src/b.ts\nB\n</thinking>\n\n',
    '\n<think></think>\n',
    'Draft:\n```ts src/b.ts\nB\n```\n</think>\n',
    'Draft:\n```ts src/b.ts\nB\n\nNo.\n</think>\n\n',
    'So I answer.</think>\n',
    'One.\n</thinking>',
    '<think>one</think>\n<think>two\n</think>\n',
  ])('give no files and no notes: %j', (thought) => {
    const { files, notes } = readFiles(thought + answer);
    expect(files.map(({ path, parts }) => [path, joinParts(thought + answer, parts)])).toEqual([
      ['src/a.ts', 'A\n'],
    ]);
    expect(notes.trim()).toBe('Notes.');
  });

  test('and no answer if they never end', () => {
    expect(readFiles(`<think>Let me see.\n${answer}`)).toMatchObject({ files: [], notes: '', skipped: [] });
  });

  test.each([
    '```md prompts/a.md\nThink first:\n<think>\n…\n</think>\n```\n',
    '```js src/strip.js\nconst end = "</think>";\n```\n',
    '```text prompts/end.txt\nuntil you write\n</think>\n```\n',
    'The tag `</think>` ends it.\n\n```ts src/a.ts\nA\n```\n',
  ])('but in the middle the tags are text: %j', (text) => {
    expect(readFiles(text).files).toHaveLength(1);
  });
});
