import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffSize, lineDiff, withoutLineNumber } from '../../client/files/line-diff.ts';

describe('the diff of two texts', () => {
  const texts = fc
    .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
    .map((lines) => lines.join('\n'));

  test('has all lines of both, each once and in order', () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const parts = lineDiff(before, after);
        const lines = (...kinds: string[]) =>
          parts.filter(({ kind }) => kinds.includes(kind)).flatMap((part) => part.lines);
        expect(lines('same', 'removed')).toEqual(linesOf(before));
        expect(lines('same', 'added')).toEqual(linesOf(after));
      }),
    );
  });

  test('ignores line numbers, as in a prompt', () => {
    const parts = lineDiff('1| a\n2| b\n', '1| new\n2| a\n3| b\n', { keyOf: withoutLineNumber });
    expect(parts).toEqual([
      { kind: 'added', lines: ['1| new'] },
      { kind: 'same', lines: ['2| a', '3| b'] },
    ]);
  });

  test('is fast and correct for texts with little in common', () => {
    const long = (word: string) => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`).join('\n');
    const begun = performance.now();
    const parts = lineDiff(`head\n${long('old')}\ntail`, `head\n${long('new')}\ntail\n`);
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(diffSize(parts)).toEqual({ added: 20_000, removed: 20_000 });
    expect(parts.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added', 'same']);
  });
});

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
