import { readFiles } from '@stagewire/shared/text/read-files';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitBlocks, type Block } from '../../console/text/split-blocks.ts';
import { leastCpuRatio } from '../support/cpu-time.ts';

const line = fc.constantFrom(
  '',
  'A paragraph of some words.',
  '- an item',
  '  indented',
  '1. first',
  '```ts src/a.ts',
  '```',
  '````md',
  '````',
  '~~~',
  'const a = `b`;',
  '# A title',
  '| a | b |',
  'word '.repeat(300),
);
const texts = fc.array(line, { maxLength: 40 }).map((lines) => lines.join('\n'));

describe('the blocks of a model’s text', () => {
  test('contain the whole text, each block at its offset, nothing twice', () => {
    fc.assert(
      fc.property(texts, (text) => {
        let end = 0;
        for (const block of splitBlocks(text)) {
          expect(block.start).toBeGreaterThanOrEqual(end);
          const between = text.slice(end, block.start).split('\n');
          // Fences that close a block, or wrap others.
          expect(between.filter((it) => !/^(?:`{3,}|~{3,})?(?:md)?$/.test(it.trim()))).toEqual([]);
          const at = block.kind === 'prose' ? block.start : text.indexOf('\n', block.start) + 1;
          expect(text.startsWith(block.text, at)).toBe(true);
          end = at + block.text.length;
        }
      }),
    );
  });

  test('do not change once settled, so that only the last renders again', () => {
    fc.assert(
      fc.property(texts, texts, (first, more) => {
        const before = splitBlocks(first).slice(0, -1);
        expect(splitBlocks(`${first}\n${more}`).slice(0, before.length)).toEqual(before);
      }),
    );
  });

  test('also if the text is split anywhere', () => {
    const answer = [
      'Notes.\n\n```md README.md\n# Queue\n\n```sh\nnpm i\n```\n\n```\ntree\n```\nThen run.\n```\n\nMore.\n\n',
      '### src/a.ts\n\n```ts\na\n```\n\n<file path="src/b.ts">\nb\n</file>\n\n```ts\n// src/c.ts\nc\n```\nEnd.\n',
    ].join('');
    for (const text of [answer, `\`\`\`\`markdown\n${answer}\`\`\`\`\n`, `\`\`\`\n${answer}`]) {
      for (let end = 0; end < text.length; end += 1) {
        const before = splitBlocks(text.slice(0, end)).slice(0, -1);
        for (const more of [text.slice(0, end + 1), text]) {
          expect(splitBlocks(more).slice(0, before.length)).toEqual(before);
        }
      }
    }
  });

  test('have the same files and paths as on the server', () => {
    const text = [
      'Notes.\n\n```md README.md\n# Queue\n\n```sh\nnpm i\n```\n\nThen run.\n```\n',
      '### `src/a.ts` — the entry\n\n```ts\na\n```\n\n```js live\nx\n```\n',
      '<file path="src/b.ts">\nb\n</file>\n\n```ts (src\\c.ts)\nc\n```\n```delete src/d.ts\n```\n',
    ].join('\n');
    const code = splitBlocks(text, { isGrowing: false }).flatMap((it) =>
      it.kind === 'code' ? [[it.language, it.path, it.text]] : [],
    );
    expect(code).toEqual([
      ['md', 'README.md', '# Queue\n\n```sh\nnpm i\n```\n\nThen run.\n'],
      ['ts', 'src/a.ts', 'a\n'],
      ['js', '', 'x\n'],
      ['ts', 'src/b.ts', 'b\n'],
      ['ts', 'src/c.ts', 'c\n'],
      ['delete', 'src/d.ts', ''],
    ]);
  });

  test.each([
    ['```ts src/a.ts', '```', 'ts', 'src/a.ts'],
    ['```ts path=src/a.ts', '```', 'ts', 'src/a.ts'],
    ['```ts title="src/a.ts"', '```', 'ts', 'src/a.ts'],
    ['```ts:src/a.ts', '```', 'ts', 'src/a.ts'],
    ['```src/a.ts', '```', 'ts', 'src/a.ts'],
    ['~~~ts src/`a`.ts', '~~~', 'ts', 'src/`a`.ts'],
    ['<file path="src/a.ts">', '</file>', 'ts', 'src/a.ts'],
  ])('show the file that the server records: %s', (opening, closing, language, path) => {
    const text = `Words.\n\n${opening}\none\n${closing}\n\nAnd more words.\n`;
    expect(readFiles(text).files.map((file) => [file.language, file.path])).toEqual([[language, path]]);
    for (const isGrowing of [true, false]) {
      expect(splitBlocks(text, { isGrowing }).map(withoutStart)).toMatchObject([
        { kind: 'prose', text: 'Words.\n\n' },
        { kind: 'code', language, path, text: 'one\n', closed: true },
        { kind: 'prose', text: expect.stringContaining('And more words.') },
      ]);
    }
  });

  test('show every file that the server records, with its language', () => {
    const info = fc.constantFrom(
      '',
      'ts',
      'ts src/a.ts',
      'ts path=src/b.ts',
      'ts title="src/c.ts"',
      'ts:src/d.ts',
      'py',
    );
    const fence = fc.constantFrom('```', '````', '~~~');
    const block = fc.tuple(fence, info).map(([marks, words]) => `${marks}${words}\none\n${marks}`);
    const loose = fc.oneof(
      line,
      fc.constantFrom('`src/e.ts`:', '### src/f.ts', '<file path="src/g.ts">', '</file>'),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(block, loose), { maxLength: 12 }), (parts) => {
        const text = parts.join('\n');
        const shown = splitBlocks(text, { isGrowing: false }).flatMap((it) =>
          it.kind === 'code' && it.closed ? [`${it.language} ${it.path}`] : [],
        );
        for (const { language, path } of readFiles(text).files)
          expect(shown).toContain(`${language} ${path}`);
      }),
    );
  });

  test('stay open while their end is uncertain', () => {
    const text = '```md README.md\n# Queue\n\n```\nnpm i\n';
    expect(splitBlocks(text).map(withoutStart)).toMatchObject([{ path: 'README.md', closed: false }]);
    const whole = `${text}\`\`\`\n\nEnd.\n\`\`\`\n\nBye.\n`;
    expect(splitBlocks(whole).map(withoutStart)).toMatchObject([{ path: 'README.md', closed: false }]);
    expect(splitBlocks(whole, { isGrowing: false }).map(withoutStart)).toMatchObject([
      { path: 'README.md', text: '# Queue\n\n```\nnpm i\n```\n\nEnd.\n', closed: true },
      { kind: 'prose' },
    ]);
  });

  test('have the language and path of their fence; inner shorter fences are text', () => {
    const text = 'Words.\n\n````md docs/a.md\n```ts\ncode\n```\n````\n```sh\nls\n';
    expect(splitBlocks(text).map(withoutStart)).toEqual([
      { kind: 'prose', text: 'Words.\n\n' },
      { kind: 'code', language: 'md', path: 'docs/a.md', text: '```ts\ncode\n```\n', closed: true },
      { kind: 'code', language: 'sh', path: '', text: 'ls\n', closed: false },
    ]);
  });

  test('hide a partial fence', () => {
    const shown = ['Words.\n`', 'Words.\n``', 'Words.\n```', 'Words.\n```ts'].map((it) => splitBlocks(it));
    for (const blocks of shown)
      expect(blocks.map(withoutStart)).toEqual([{ kind: 'prose', text: 'Words.\n' }]);
  });

  test.each(['~5 ms is enough', '`a` and', '`a'])(
    'shows a last line that only looks like a fence: %s',
    (line) => {
      expect(splitBlocks(`Words.\n${line}`).map(withoutStart)).toEqual([
        { kind: 'prose', text: `Words.\n${line}` },
      ]);
    },
  );

  test.each([
    ['an item without a text', 'a\n- b\n-', 'a\n- b\n'],
    ['a number that may become an item', 'a\n\n1.', 'a\n\n'],
    ['the head of a table', 'a\n\n| file | hol', 'a\n\n'],
    ['a head without its rule', 'a\n\n| file | holds |\n', 'a\n\n'],
    ['a head with a part of its rule', 'a\n\n| file | holds |\n|--', 'a\n\n'],
  ])('hide %s while the text grows', (_name, text, shown) => {
    expect(textsOf(splitBlocks(text))).toBe(shown);
    expect(textsOf(splitBlocks(text, { isGrowing: false }))).toBe(text);
  });

  test.each([
    'a\n\n| file | holds |\n|---|---|\n',
    'a\n\n| file | holds |\n|---|---|\n| src/a',
    'a\n\n| no table |\nnext',
    'a\n- b',
    'a\n\n1. b',
  ])('show %j as it grows', (text) => {
    expect(textsOf(splitBlocks(text))).toBe(text);
  });

  test('split long prose, never inside a list', () => {
    const paragraph = `${'word '.repeat(300)}\n\n`;
    const list = '- one\n\n- two\n\n  more of two\n\n';
    const blocks = splitBlocks(paragraph + list + paragraph + paragraph);
    expect(blocks.map(({ text }) => text)).toEqual([paragraph + list, paragraph, paragraph]);
  });

  test.each([
    ['a list', '', (number: number) => `- item ${number}: ${'word '.repeat(20)}\n  and more of it\n`],
    ['a table', '| a | b |\n|---|---|\n', (number: number) => `| ${number} | ${'word '.repeat(20)} |\n`],
    ['a paragraph', '', (number: number) => `Word ${number} **bold** and (so on). `],
    ['lines that are all indented', '', (number: number) => `  ${number} ${'word '.repeat(20)}\n`],
  ])('split %s without an end into small pieces', (_what, head, item) => {
    const text = head + Array.from({ length: 1000 }, (_, index) => item(index)).join('');
    const blocks = splitBlocks(text);
    expect(blocks.map((it) => it.text).join('')).toBe(text);
    for (const it of blocks) expect(it.text.length).toBeLessThan(8500);
    for (const it of blocks.slice(1)) {
      expect(it).toEqual(head === '' ? withoutHead(it) : { ...it, tableHead: head });
    }
  });

  test.each([
    ['empty lines', '\n'],
    ['a table of numbers', '| 1 | 23 | 4567 |\n'],
    ['lines without a space', '字词句段篇章文本。\n'],
  ])('take linear time: %s', (_what, piece) => {
    const splitting = (chars: number) => {
      const text = piece.repeat(chars / piece.length);
      return () => void splitBlocks(text);
    };
    expect(leastCpuRatio([splitting(60_000), splitting(120_000)], 3, 10)).toBeLessThan(3);
  });

  test('repeat the head of the current table only', () => {
    const rows = (name: string) =>
      `| ${name} | b |\n|---|---|\n${`| ${'word '.repeat(20)} | c |\n`.repeat(60)}`;
    const text = `${rows('first')}${'Words. '.repeat(10)}\n${rows('second')}`;
    const heads = splitBlocks(text).map((it) => (it.kind === 'prose' ? it.tableHead : undefined));
    const [first, second] = ['first', 'second'].map((name) => `| ${name} | b |\n|---|---|\n`);
    expect(heads).toEqual([undefined, first, second, second]);
  });
});

function withoutHead(block: Block): Block {
  return block.kind === 'prose' ? { kind: block.kind, start: block.start, text: block.text } : block;
}

function withoutStart(block: Block): Omit<Block, 'start'> {
  const { start: _start, ...rest } = block;
  return rest;
}

function textsOf(blocks: readonly Block[]): string {
  return blocks.map(({ text }) => text).join('');
}
