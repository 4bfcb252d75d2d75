import { expect, test } from 'vitest';
import type { StageState } from '@stagewire/shared';
import { seamsOf } from '@stagewire/shared/text/seams-of';

/** A stage whose attempts kept so many characters each. */
const stageOf = (...kept: readonly number[]) =>
  ({
    attempts: kept.map((keptChars, index) => ({ attempt: index + 1, keptChars })),
  }) as unknown as StageState;

test.each([
  { kept: [0], seams: [] },
  { kept: [0, 10], seams: [10] },
  { kept: [0, 10, 25], seams: [10, 25] },
  { kept: [0, 10, 10], seams: [10], why: 'a retry keeps what the failed attempt kept' },
  { kept: [0, 10, 10, 30], seams: [10, 30] },
  { kept: [0, 10, 0, 7], seams: [7], why: 'the attempt before began anew' },
  { kept: [0, 10, 25, 0], seams: [] },
])('$kept: $seams', ({ kept, seams }) => {
  expect(seamsOf(stageOf(...kept), kept.length - 1)).toEqual(seams);
});

test('an earlier attempt has its own', () => {
  expect(seamsOf(stageOf(0, 10, 25), 1)).toEqual([10]);
});
