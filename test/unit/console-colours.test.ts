import { expect, test } from 'vitest';
import { codeGrammars } from '../../console/text/code-grammars.ts';
import { codeLanguage, type CodeLanguage } from '../../console/text/code-languages.ts';
import { createLineColours } from '../../console/text/line-colours.ts';

const colours = createLineColours();

test('code in pieces is highlighted like the whole', async () => {
  const lines = ['/* a comment', 'that goes on */', 'const a = `x ${1} y', 'z`;', '', 'export { a };'];
  const whole = await colours.colour({ id: 1, language: 'typescript', from: 0, lines });
  const pieces = await Promise.all(
    lines.map((line, from) => colours.colour({ id: 2, language: 'typescript', from, lines: [line] })),
  );
  expect(pieces.flat()).toEqual(whole);
  expect(whole[1]).toEqual([['that goes on */'.length, 'token-comment']]);
});

test.each(Object.keys(codeGrammars) as CodeLanguage[])(
  '%s has a grammar, whose tokens are as long as its lines',
  async (language) => {
    const lines = ['# if (x) { return "y"; }', '<a b="c">d</a>', 'let e = 1'];
    const tokens = await colours.colour({ id: 3, language, from: 0, lines });
    const lengths = tokens.map((line) => line.reduce((sum, [length]) => sum + length, 0));
    expect(lengths).toEqual(lines.map((line) => line.length));
  },
);

test('a language has its usual aliases, and an unknown one stays plain', () => {
  expect(['TS', 'py', 'sh', 'c++', 'yml'].map(codeLanguage)).toEqual([
    'typescript',
    'python',
    'bash',
    'cpp',
    'yaml',
  ]);
  expect(['', 'brainfuck', 'constructor'].map(codeLanguage)).toEqual([undefined, undefined, undefined]);
});
