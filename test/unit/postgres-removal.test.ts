import { expect, test } from 'vitest';
import { createRemoval } from '../../server/log/postgres/removal.ts';

function countingRemoval() {
  const runs: number[] = [];
  let active = 0;
  let most = 0;
  const failures: Error[] = [];
  const removal = createRemoval({
    reader: { runs: async () => new Map() },
    nodeId: 'a',
    channel: 'c',
    orderLock: '1',
    queries: {
      async query() {
        active += 1;
        most = Math.max(most, active);
        await Promise.resolve();
        active -= 1;
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        const run = runs.shift();
        return run === undefined ? [] : [{ run }];
      },
    },
  });
  return { removal, runs, failures, most: () => most };
}

const never = () => false;

test('purges of many deletions at the same time use one connection, and remove everything', async () => {
  const { removal, runs, most } = countingRemoval();
  const purges = Array.from({ length: 50 }, (_, run) => {
    runs.push(run);
    return removal.purge(never);
  });
  await Promise.all(purges);
  expect(runs).toEqual([]);
  expect(most()).toBe(1);
});

test('a purge that fails does not fail the one that waits for it, and the next one runs', async () => {
  const { removal, runs, failures } = countingRemoval();
  runs.push(1);
  failures.push(new Error('deadlock'));
  const first = removal.purge(never);
  const second = removal.purge(never);
  await expect(first).rejects.toThrow('deadlock');
  await second;
  expect(runs).toEqual([]);
  runs.push(2);
  await removal.purge(never);
  expect(runs).toEqual([]);
});
