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

/** Adds two characters of each run until the merge is full. @returns the number of runs */
function fill(merge: ReturnType<typeof createFeedMerge>, runs: number): number {
  for (let run = 0; run < runs; run += 1) {
    if (merge.isFull) return run;
    for (const offset of [0, 1]) merge.add(deltaOf(run, offset));
  }
  return runs;
}

// Counted by text alone, 1000 subscribers with two pending characters of each of 500 runs were 2 MB and took 95 MB.
test('pending deltas of many runs are counted with their objects, and released', () => {
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
