import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { ProviderEvent } from '../../server/providers/provider.ts';
import { createThoughtTags, type ThoughtTagsOptions } from '../../server/providers/thought-tags.ts';

function told(pieces: readonly string[], options: ThoughtTagsOptions = {}) {
  const tags = createThoughtTags(options);
  const said: ProviderEvent[] = [];
  let heldMost = 0;
  let given = 0;
  const charsIn = (type: string) =>
    said.reduce(
      (sum, item) => sum + ('text' in item && (type === '' || item.type === type) ? item.text.length : 0),
      0,
    );
  for (const piece of pieces) {
    given += piece.length;
    tags.text(piece, said);
    if (!tags.open && charsIn('reasoning') === 0) heldMost = Math.max(heldMost, given - charsIn(''));
  }
  tags.end(said);
  const join = (type: 'text' | 'reasoning') =>
    said.map((item) => (item.type === type ? item.text : '')).join('');
  return { text: join('text'), reasoning: join('reasoning'), open: tags.open, heldMost };
}

const cases: readonly (readonly [string, string, string])[] = [
  ['<think>a</think>b', 'b', 'a'],
  ['  \n<think>\na\n</think>\n\nb', '\n\nb', '\na\n'],
  ['<thinking>a <think> b</thinking>c', 'c', 'a <think> b'],
  ['<Think>a</THINK>b', 'b', 'a'],
  ['<thought>a</thought>b', 'b', 'a'],
  ['<thoughts>a</thoughts>b', 'b', 'a'],
  ['<reasoning>a</reasoning>b', 'b', 'a'],
  ['<seed:think>a</seed:think>b', 'b', 'a'],
  ['[THINK]a[/THINK]b', 'b', 'a'],
  ['◁think▷a◁/think▷b', 'b', 'a'],
  [
    '<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b',
    'b',
    'nalysis<|message|>a<|end|><|start|>assistant<|channel|>fina',
  ],
  ['<|channel|>final<|message|>b', '<|channel|>final<|message|>b', ''],
  ['<think></think>b', 'b', ''],
  ['<think>a</think>\n<think>b</think>c', 'c', 'ab'],
  ['<think>İ ends</think>b', 'b', 'İ ends'],
  ['<think>a < b </ c </thin d</think>e', 'e', 'a < b </ c </thin d'],
  ['b <think>a</think> c', 'b <think>a</think> c', ''],
  ['<thin air', '<thin air', ''],
  ['<thinker>a</thinker>', '<thinker>a</thinker>', ''],
  ['</think>b', '</think>b', ''],
  ['<html>', '<html>', ''],
  ['[1] b', '[1] b', ''],
  ['', '', ''],
  ['\n\n', '\n\n', ''],
  ['```ts src/a.ts\n<think>\n```', '```ts src/a.ts\n<think>\n```', ''],
];

describe('thoughts between tags', () => {
  test.for(cases)('%j', ([whole, text, reasoning]) => {
    expect(told([whole])).toMatchObject({ text, reasoning, open: false });
    // One character at a time, and every single cut.
    expect(told(whole.split(''))).toMatchObject({ text, reasoning, open: false });
    for (let at = 1; at < whole.length; at += 1) {
      expect(told([whole.slice(0, at), whole.slice(at)])).toMatchObject({ text, reasoning, open: false });
    }
  });

  test('that are never ended are no text', () => {
    expect(told(['<think>a draft', ' and more'])).toMatchObject({
      text: '',
      reasoning: 'a draft and more',
      open: true,
    });
    expect(told(['<think>a</thin'])).toMatchObject({ text: '', reasoning: 'a</thin', open: true });
  });

  test('take the blank lines behind them along where a text goes on in the middle of a line', () => {
    const whole = '<think>a</think> \n\n  b\n\nc';
    for (const pieces of [[whole], whole.split('')]) {
      expect(told(pieces, { isContinuation: true })).toMatchObject({ text: '  b\n\nc', reasoning: 'a \n\n' });
    }
    expect(told(['\n\nb'], { isContinuation: true })).toMatchObject({ text: '\n\nb', reasoning: '' });
  });

  test('hold back at most 12 characters to decide', () => {
    for (const start of ['<seed:think', '     \n    <reasonin', `${' '.repeat(40)}[THIN`]) {
      expect(told(start.split('')).heldMost).toBeLessThanOrEqual(12);
    }
  });

  test('property: nothing is lost or moved however the text is cut', () => {
    const piece = fc.oneof(
      fc.constantFrom('<think>', '</think>', '<', 'think', '>', '\n', ' ', '[THINK]', '[/THINK]', 'a'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.array(fc.nat(60), { maxLength: 8 }),
        (parts, cuts) => {
          const whole = parts.join('');
          const places = [...new Set(cuts.filter((cut) => cut < whole.length))].toSorted((a, b) => a - b);
          const pieces = [...places, whole.length].map((end, index) =>
            whole.slice(places[index - 1] ?? 0, end),
          );
          const [once, cut] = [told([whole]), told(pieces)];
          expect([cut.reasoning, cut.open]).toEqual([once.reasoning, once.open]);
          // White space before a tag is dropped, unless there was too much of it to hold back.
          expect(cut.text.trimStart()).toBe(once.text.trimStart());
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
