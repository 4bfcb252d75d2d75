import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTerminalTranscript } from '../../cli/render/terminal-transcript.ts';
import type { Paint } from '../../cli/terminal/paint.ts';
import { widthOf, withoutStyles } from '../../cli/terminal/text-width.ts';
import { plain } from '../support/rendered-run.ts';

const codes = { bold: 1, dim: 2, italic: 3, underline: 4, strikethrough: 9 } as Readonly<
  Record<string, number>
>;
const ansi: Paint = (style, text) => (text === '' ? '' : `\u001b[${codes[style] ?? 36}m${text}\u001b[0m`);

function shown(pieces: readonly string[], { paint = ansi, columns = 60 } = {}): string {
  const transcript = createTerminalTranscript({ paint, columns: () => columns });
  transcript.startText('', 'markdown');
  let output = '';
  for (const piece of pieces) {
    transcript.text(piece);
    output += transcript.take();
  }
  transcript.line('end');
  return output + transcript.take();
}
/** Without styles, and without the line that ends it. */
const rowsOf = (text: string, columns = 60) =>
  withoutStyles(shown([text], { columns }))
    .replace(/\n*end\n$/, '')
    .split('\n');

describe('Markdown in a terminal', () => {
  test('is shown without its markers', () => {
    const text =
      '# A *title*\n\nSome **bold**, `code`, ~~old~~ and [a link](https://x.org/a).\n- item\n  1. two\n> quote\n\n---\n';
    expect(rowsOf(text)).toEqual([
      'A title',
      '',
      'Some bold, code, old and a link (https://x.org/a).',
      '• item',
      '  1. two',
      '▎ quote',
      '',
      '─'.repeat(40),
    ]);
    expect(shown(['**bold** `code`'])).toContain('\u001b[1mbold\u001b[0m \u001b[36mcode\u001b[0m');
  });

  test('keeps what is no marker', () => {
    for (const text of [
      '5 * 3 * 2',
      'snake_case_name',
      'a**b',
      '**open',
      '`open',
      '\\*x',
      '[x] y',
      '#no',
      '1.5',
      '-x',
      '!',
      'a[0](b',
    ]) {
      expect(rowsOf(text)).toEqual([text.replace('\\', '')]);
    }
  });

  test('keeps the markers where there are no styles', () => {
    expect(shown(['## Title\n**bold** `code`\n'], { paint: plain })).toBe(
      '## Title\n**bold** `code`\n\nend\n',
    );
  });

  test('shows a code block with its fence, and reads nothing in it', () => {
    const text = '````md a.md\n# no **title**\n```\n- item\n````\n# Title\n';
    expect(rowsOf(text)).toEqual(['````md a.md', '# no **title**', '```', '- item', '````', 'Title']);
  });

  test('lays out a table, in columns or as a list', () => {
    const text = '| file | holds |\n| --- | ---: |\n| `a.ts` | the first thing |\n| b \\| c | 2 |\nafter\n';
    expect(rowsOf(text)).toEqual([
      'file  │           holds',
      '──────┼────────────────',
      'a.ts  │ the first thing',
      'b | c │               2',
      'after',
    ]);
    expect(rowsOf(text, 16)).toEqual([
      'file: a.ts',
      'holds: the',
      '  first thing',
      '',
      'file: b | c',
      'holds: 2',
      'after',
    ]);
    expect(rowsOf('| no table\nafter\n')).toEqual(['| no table', 'after']);
  });

  test('breaks rows at spaces, and indents what continues an item or a quote', () => {
    expect(rowsOf('- one two three four\n> five six seven eight\n', 14)).toEqual([
      '• one two',
      '  three four',
      '▎ five six',
      '▎ seven eight',
    ]);
  });

  test('counts wide characters, emoji, combining marks and tabs', () => {
    expect(rowsOf('中文字符没有空格', 11)).toEqual(['中文字符没', '有空格']);
    expect(rowsOf('ab 👩‍👩‍👧‍👦 cd e\u0301f', 9)).toEqual(['ab 👩‍👩‍👧‍👦 cd', 'e\u0301f']);
    expect(rowsOf('a\tb\tc', 20)).toEqual(['a   b   c']);
    expect(rowsOf('一二三。四', 9)).toEqual(['一二三。', '四']);
    expect(rowsOf('https://example.org/a/long/path', 12)).toEqual([
      'https://exa',
      'mple.org/a/',
      'long/path',
    ]);
  });

  test('shows control sequences of a model and does not send them', () => {
    const hostile = '\u001b[2J\u001b]0;title\u0007**\u009b31m**\u202e';
    // oxlint-disable-next-line no-control-regex -- none of them may be there
    expect(withoutStyles(shown([hostile]))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(rowsOf('\u001b[2J')).toEqual(['␛[2J']);
  });

  test('continues a code block after a line of another kind, and after the kept part of a text', () => {
    const transcript = createTerminalTranscript({ paint: ansi, columns: () => 60 });
    transcript.startText('Text\n```ts\nconst a', 'markdown');
    transcript.text(' = 1;\n# no title\n');
    transcript.line('between');
    transcript.text('**no bold**\n```\n**bold**\n');
    transcript.line('end');
    expect(withoutStyles(transcript.take()).trim()).toBe(
      '= 1;\n# no title\n\nbetween\n\n**no bold**\n```\nbold\n\nend',
    );
  });

  test('has a bar before each row of reasoning', () => {
    const transcript = createTerminalTranscript({ paint: ansi, columns: () => 14 });
    transcript.reasoning('one two three\n\nfour');
    transcript.line('end');
    expect(withoutStyles(transcript.take())).toBe('│ one two\n│ three\n│\n│ four\n\nend\n');
  });
});

/** Texts with many markers, close together. */
const fragments = fc.constantFrom(
  '\n',
  '\n',
  '\n\n',
  ' ',
  ' ',
  '  ',
  '\t',
  'word',
  'a',
  'longer-word',
  '*',
  '**',
  '***',
  '_',
  '`',
  '``',
  '```',
  '```ts\n',
  '~~',
  '~~~',
  '# ',
  '## ',
  '#',
  '- ',
  '-',
  '--- ',
  '+ ',
  '1. ',
  '12',
  '> ',
  '>',
  '|',
  '| a | b |\n',
  '|---|:-:|\n',
  '---',
  '[',
  '](',
  ')',
  '[t](u)',
  '!',
  '\\',
  '中',
  '文，',
  '👩‍👩‍👧',
  'e\u0301',
  '\u0301',
  '\u200d',
  '☎',
  '\ufe0f',
  '\r\n',
  '\r',
  'x'.repeat(90),
);
const texts = fc.array(fragments, { maxLength: 60 }).map((all) => all.join(''));

describe('Markdown that arrives in pieces', () => {
  test('gives the same output as all of it at once', () => {
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.integer({ min: 9, max: 90 }),
        fc.boolean(),
        (text, cuts, columns, isStyled) => {
          const options = { columns, paint: isStyled ? ansi : plain };
          const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].toSorted((a, b) => a - b);
          const pieces = [0, ...places].map((from, index) => text.slice(from, places[index]));
          const whole = shown([text], options);
          expect(shown(pieces, options)).toBe(whole);
          expect(shown(text.split(''), options)).toBe(whole);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('never fills the last column of the window', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 9, max: 90 }), (text, columns) => {
        const rows = withoutStyles(shown([text], { columns })).split('\n');
        expect(rows.filter((row) => widthOf(row) >= columns)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('loses no word', () => {
    const words = fc.array(
      fc.constantFrom('one', 'two', 'three', '\n', '- ', '# ', '> ', '```\n', '中文', '**', '`'),
    );
    fc.assert(
      fc.property(words, fc.integer({ min: 9, max: 40 }), (all, columns) => {
        const text = all.join(' ');
        const lettersOf = (it: string) => it.replace(/[^\p{L}]/gu, '');
        expect(lettersOf(shown([text], { columns, paint: plain }))).toBe(`${lettersOf(text)}end`);
      }),
    );
  });
});
