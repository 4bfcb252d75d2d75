import fc from 'fast-check';
import { mergeDeltas } from '@stagewire/shared';
import type { EventOf } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { createRunScript, runIdOf } from '../support/run-script.ts';

type Delta = EventOf<'stage.delta' | 'stage.reasoning'>;

function deltasOf(texts: readonly string[]): readonly Delta[] {
  const run = createRunScript(runIdOf(1));
  run.begin();
  return run.deltas(...texts).events as readonly Delta[];
}
const [first, second] = deltasOf(['ab', 'c']) as [Delta, Delta];

test('two neighbours become the first’s offset, both texts, the second’s seq and instant', () => {
  expect(mergeDeltas(first, second)).toEqual({ ...second, offset: 0, text: 'abc', firstSeq: 5 });
  const merged: Delta = { ...first, firstSeq: 3 };
  expect(mergeDeltas(merged, second)).toMatchObject({ firstSeq: 3, seq: 6 });
});

test('neither of the two is changed', () => {
  const before = structuredClone([first, second]);
  mergeDeltas(first, second);
  expect([first, second]).toEqual(before);
});

test.for([
  ['of another type', { type: 'stage.reasoning' }],
  ['of another attempt', { attempt: 2 }],
  ['of another stage', { stage: 2 }],
  ['of another run', { runId: runIdOf(2) }],
  ['that leaves a hole in the text', { offset: 3 }],
  ['that lies over the first', { offset: 1 }],
  ['that is no delta', { type: 'stage.completed' }],
] as const)('one %s is not merged', ([, change]) => {
  expect(mergeDeltas(first, { ...second, ...change })).toBeUndefined();
  expect(mergeDeltas({ ...second, ...change }, first)).toBeUndefined();
});

test('however neighbours are grouped, the whole is the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string(), { minLength: 2, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (texts, picks) => {
        const deltas = deltasOf(texts);
        const whole = (deltas as readonly (Delta | undefined)[]).reduce(
          (sum, one) => sum && one && mergeDeltas(sum, one),
        );
        const left = [...deltas];
        while (left.length > 1) {
          const at = (picks.next().value as number) % (left.length - 1);
          const merged = mergeDeltas(left[at]!, left[at + 1]!);
          if (merged === undefined) throw new Error('neighbours could not be merged');
          left.splice(at, 2, merged);
        }
        expect(left).toEqual([whole]);
      },
    ),
  );
});
