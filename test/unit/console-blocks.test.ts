import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBlockSplitter, type Block } from '../../client/console/text/split-blocks.ts';

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

describe('a model’s text in blocks', () => {
  test('comes out the same, however it came in pieces', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat(400), { maxLength: 30 }), (text, steps) => {
        const growing = createBlockSplitter();
        let at = 0;
        for (const step of steps) growing.split(text.slice(0, (at += step)));
        expect(growing.split(text)).toEqual(createBlockSplitter().split(text));
      }),
    );
  });

  test('holds what the text holds, each block at its place, nothing twice', () => {
    fc.assert(
      fc.property(texts, (text) => {
        let end = 0;
        for (const block of createBlockSplitter().split(text)) {
          expect(block.start).toBeGreaterThanOrEqual(end);
          expect(
            text
              .slice(end, block.start)
              .trim()
              .replace(/^(?:`{3,}|~{3,})$/, ''),
          ).toBe('');
          const at = block.kind === 'prose' ? block.start : text.indexOf('\n', block.start) + 1;
          expect(text.startsWith(block.text, at)).toBe(true);
          end = at + block.text.length;
        }
      }),
    );
  });

  test('keeps what is settled as the same objects, so that it is not drawn again', () => {
    fc.assert(
      fc.property(texts, texts, (first, more) => {
        const splitter = createBlockSplitter();
        const before = splitter.split(first).slice(0, -1);
        const after = splitter.split(`${first}\n${more}`);
        before.forEach((block, index) => expect(after[index]).toBe(block));
      }),
    );
  });

  test('begins anew with another text', () => {
    const splitter = createBlockSplitter();
    splitter.split('```ts a.ts\nconst a = 1;\n```\nThen words.\n');
    expect(splitter.split('Only words.')).toEqual([{ kind: 'prose', start: 0, text: 'Only words.' }]);
  });

  test('names the language and the file of a fence, and reads fences inside longer ones as text', () => {
    const text = 'Words.\n\n````md docs/a.md\n```ts\ncode\n```\n````\n```sh\nls\n';
    expect(createBlockSplitter().split(text).map(withoutStart)).toEqual([
      { kind: 'prose', text: 'Words.\n\n' },
      { kind: 'code', language: 'md', path: 'docs/a.md', text: '```ts\ncode\n```\n', closed: true },
      { kind: 'code', language: 'sh', path: '', text: 'ls\n', closed: false },
    ]);
  });

  test('does not show the first characters of a fence as words', () => {
    const splitter = createBlockSplitter();
    const shown = ['Words.\n`', 'Words.\n``', 'Words.\n```', 'Words.\n```ts'].map((text) =>
      splitter.split(text),
    );
    for (const blocks of shown)
      expect(blocks.map(withoutStart)).toEqual([{ kind: 'prose', text: 'Words.\n' }]);
  });

  test.each(['~5 ms is enough', '`a` and', '`a'])(
    'shows a last line that only looks like a fence: %s',
    (line) => {
      expect(createBlockSplitter().split(`Words.\n${line}`).map(withoutStart)).toEqual([
        { kind: 'prose', text: `Words.\n${line}` },
      ]);
    },
  );

  test('cuts long prose, never inside a list', () => {
    const paragraph = `${'word '.repeat(300)}\n\n`;
    const list = '- one\n\n- two\n\n  more of two\n\n';
    const blocks = createBlockSplitter().split(paragraph + list + paragraph + paragraph);
    expect(blocks.map(({ text }) => text)).toEqual([paragraph + list, paragraph, paragraph]);
  });
});

function withoutStart(block: Block): Omit<Block, 'start'> {
  const { start: _start, ...rest } = block;
  return rest;
}
