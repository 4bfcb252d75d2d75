import { describe, expect, test } from 'vitest';
import { simulateTurns, type Turn } from '../support/simulate-turns.ts';

// Seen red with, in run-queue: the oldest run first; turns without the running runs; the running runs without the turns. In
// the claims of nodes (in-turns-of-owners, which does as postgres-ownership): in the order of the queue.

const [many, few] = [
  { owner: 'many', runs: 500 },
  { owner: 'few', runs: 5 },
];

const seeds = Array.from(
  { length: process.env['STAGEWIRE_TEST_LONG'] === '1' ? 20 : 1 },
  (_, index) => index + 1,
);

/** Runs of `many` that began after `few` had queued its last, and before its last began. */
function begunMeanwhile(turns: readonly Turn[]): number {
  const queued = turns.findLastIndex(({ did, owner }) => did === 'queue' && owner === few.owner);
  const begun = turns.findLastIndex(({ did, owner }) => did === 'begin' && owner === few.owner);
  return turns.slice(queued, begun).filter(({ did, owner }) => did === 'begin' && owner === many.owner)
    .length;
}

/** How many more running runs than `few` the owner `many` had, at most, when one of its runs began while `few` waited. */
function largestLead(turns: readonly Turn[]): number {
  const running = new Map<string, number>();
  let waiting = 0;
  let lead = -Infinity;
  for (const { did, owner } of turns) {
    const [ofMany = 0, ofFew = 0] = [running.get(many.owner), running.get(few.owner)];
    if (did === 'begin' && owner === many.owner && waiting > 0) lead = Math.max(lead, ofMany - ofFew);
    if (did !== 'queue') running.set(owner, (running.get(owner) ?? 0) + (did === 'begin' ? 1 : -1));
    if (owner === few.owner && did !== 'end') waiting += did === 'queue' ? 1 : -1;
  }
  return lead;
}

describe.each([
  { nodes: 1, slots: 1 },
  { nodes: 1, slots: 4 },
  { nodes: 1, slots: 16 },
  { nodes: 2, slots: 1 },
  { nodes: 2, slots: 4 },
  { nodes: 2, slots: 8 },
] as const)('5 runs of an owner do not wait for 500 of another one, on $nodes of $slots slots', (given) => {
  const { nodes, slots: maxRunningRuns } = given;
  const options = { nodes, maxRunningRuns, owners: [many, few] };

  // With s slots, b runs and calls that take equally long: s runs of `many` are being executed. `few` gets the slots that
  // become free until it has as many running runs, and from then on every second one. So of the 500 at most b begin
  // meanwhile. Nodes that claim at the same moment may each give `many` one turn more.
  test('where calls take equally long, at most 5 of the 500 begin meanwhile', async () => {
    for (const seed of seeds) {
      const turns = await simulateTurns({ ...options, seed, callMs: { least: 20_000, varies: 0 } });
      expect(begunMeanwhile(turns)).toBeLessThanOrEqual(few.runs + nodes - 1);
    }
  });

  // However long they take: a run begins for `many` only while `few` has at least as many running runs.
  test('where some take much longer, none begins while the other owner has fewer running runs', async () => {
    for (const seed of seeds) {
      const turns = await simulateTurns({ ...options, seed, callMs: { least: 5000, varies: 60_000 } });
      expect(largestLead(turns)).toBeLessThanOrEqual(nodes - 1);
    }
  });
});
