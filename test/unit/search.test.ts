import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldText, matchesSearch, searchWords } from '../../shared/text/search.ts';
import { leastCpuMs } from '../support/cpu-time.ts';

test('every character is folded like its upper and lower case and its other forms, and stays folded', () => {
  const wrong: string[] = [];
  for (let code = 0; code < 0x11_0000; code += 1) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const char = String.fromCodePoint(code);
    const forms = [char.toUpperCase(), char.toLowerCase(), char.normalize('NFD'), char.normalize('NFKC')];
    if (forms.every((form) => form === char)) continue;
    const folded = foldText(char);
    if ([folded, ...forms].some((form) => foldText(form) !== folded)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

test('a text fits each of its words, in any case and form', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (task) => {
      const run = { runId: 'run_12345678', task, labels: {} };
      for (const search of [task, task.toUpperCase(), task.toLowerCase(), task.normalize('NFD')]) {
        expect(matchesSearch(run, searchWords(search))).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('white space of any kind separates words, and invisible characters are none', () => {
  expect(searchWords('  A\u00A0b\u3000\u00AD c\n')).toEqual(['a', 'b', 'c']);
  expect(searchWords('\u200B\u00AD')).toEqual([]);
});

test('a long text is folded in linear time', () => {
  for (const char of ['İ', 'ß', '\u0307', 'e\u0301', 'ﷺ']) {
    const text = char.repeat(100_000);
    expect(leastCpuMs(() => foldText(text), 1000)).toBeLessThan(1000);
  }
});

test('a word that is repeated is looked for once', () => {
  expect(searchWords('Queue queue QUEUE ada')).toEqual(['queue', 'ada']);
});
