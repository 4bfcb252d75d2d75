import { expect, test } from 'vitest';
import type { EventOf } from '@stagewire/shared';
import { createFeedMerge } from '../../server/delivery/feed-merge.ts';
import { createTailBudget } from '../../server/delivery/tail-budget.ts';

const deltaOf = (run: number, offset: number): EventOf<'stage.delta'> => ({
  type: 'stage.delta',
  runId: `run_${run}`,
  seq: offset + 1,
  at: '2026-01-01T00:00:00.000Z',
  stage: 1,
  role: 'coder',
  attempt: 1,
  offset,
  text: 'x',
});

/** Takes two characters of each of so many runs, as far as it is not full. */
function fill(merge: ReturnType<typeof createFeedMerge>, runs: number): number {
  for (let run = 0; run < runs; run += 1) {
    if (merge.isFull) return run;
    for (const offset of [0, 1]) merge.add(deltaOf(run, offset));
  }
  return runs;
}

// By their text alone, a thousand followers that had a character of each of 500 runs waiting counted 1 MB and took 95 MB.
test('what waits of many runs counts with its objects, and is given back', () => {
  let countedBytes = 0;
  const budget = createTailBudget(1_000_000);
  const room = {
    add(bytes: number) {
      countedBytes += bytes;
      budget.add(bytes);
    },
    get isFull() {
      return budget.isFull;
    },
  };
  const merges = Array.from({ length: 100 }, () => createFeedMerge(room, 65_536));
  const taken = merges.map((merge) => fill(merge, 500));
  expect(taken[0]).toBe(500);
  expect(taken.at(-1)).toBeLessThan(30);
  expect(taken.at(-1)).toBeGreaterThan(8);
  expect(countedBytes).toBeGreaterThan(1_000_000);
  expect(countedBytes).toBeLessThan(2_000_000);
  for (const merge of merges.slice(0, 50)) while (merge.take() !== undefined);
  for (const merge of merges) merge.close();
  expect(countedBytes).toBe(0);
});
