import { describe, expect, test } from 'vitest';
import { simulateNodes } from '../support/simulate-nodes.ts';
import { seedProblem } from './seed-problem.ts';

// Two and three servers over one log in memory, with leases on the clock of the simulation. A seed decides everything
// that happens.

/** Played in order from 1, as many as this time allows and so many at least. */
const budgetMs = 6000;
const leastSeeds = 60;
const mostSeeds = 2000;

describe('several nodes over one log', () => {
  test(
    'keep every promise, whatever happens to the nodes and the network between them',
    { timeout: 300_000 },
    async () => {
      const startedMs = performance.now();
      const total = {
        seeds: 0,
        events: 0,
        startedFrom: 0,
        takeOvers: 0,
        fenced: 0,
        deletions: 0,
        handedOver: 0,
      };
      const isEnough = () =>
        total.seeds >= mostSeeds || (total.seeds >= leastSeeds && performance.now() - startedMs > budgetMs);
      for (let seed = 1; !isEnough(); seed += 1) {
        const simulation = await simulateNodes(seed);
        if (simulation.broken.length > 0) throw new Error(seedProblem(seed, simulation));
        total.seeds += 1;
        total.events += simulation.counts.events;
        total.startedFrom += simulation.counts.startedFrom;
        total.takeOvers += simulation.counts.takeOvers;
        total.fenced += simulation.counts.fenced;
        total.deletions += simulation.counts.deletions;
        total.handedOver += simulation.counts.handedOver;
      }
      // A simulation in which nothing happens would find nothing.
      expect(total.events / total.seeds).toBeGreaterThan(100);
      expect(total.startedFrom / total.seeds).toBeGreaterThan(0.1);
      expect(total.takeOvers / total.seeds).toBeGreaterThan(0.5);
      expect(total.fenced).toBeGreaterThan(0);
      expect(total.deletions).toBeGreaterThan(0);
      expect(total.handedOver).toBeGreaterThan(0);
    },
  );

  // 301: a claim for a command whose response was lost, by a machine whose clock is off: the run never began.
  // 105309: a run in the queue of a suspended node was executed by another and deleted: reported as unreadable.
  test.each([301, 105_309])('keep every promise in seed %i, which once broke one', async (seed) => {
    expect((await simulateNodes(seed)).broken).toEqual([]);
  });

  test('do the same in one seed twice, to the last byte that anybody reads', async () => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const once = await simulateNodes(seed, { trace: true });
      const again = await simulateNodes(seed, { trace: true });
      expect(once.trace.length).toBeGreaterThan(20);
      expect(again.trace.find((line, index) => line !== once.trace[index])).toBeUndefined();
      expect(again.trace).toHaveLength(once.trace.length);
    }
  });
});
