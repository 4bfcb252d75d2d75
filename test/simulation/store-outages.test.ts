import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryCluster } from '../support/memory-cluster.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { connectSimClient } from '../support/sim-client.ts';
import { createSimLink, type SimLink } from '../support/sim-link.ts';
import { startSimNode, type SimNode } from '../support/sim-node.ts';

interface Outage {
  readonly outageMs: number;
  readonly seed: number;
  /** `frozen`: statements wait and are executed afterwards. @default 'away' */
  readonly kind?: 'away' | 'frozen';
  readonly leaseMs?: number;
}

/** The patience of the nodes, in milliseconds. */
const patienceMs = 10_000;

/** Two nodes with runs on both, while nobody reaches the store for so long. */
async function playOutage({ outageMs, seed, kind = 'away', leaseMs = 10_000 }: Outage) {
  const clock = createFakeClock();
  const random = createSeededChance(seed);
  const truth = createMemoryLog({ clock });
  const recovered: string[] = [];
  const broken: string[] = [];
  let ended = 0;
  truth.watchAll((entries) => {
    for (const { event } of entries) {
      if (event.type === 'run.recovered') recovered.push(`${event.runId} ${event.reason}`);
      if (event.type.startsWith('run.') && ['run.completed', 'run.failed'].includes(event.type)) ended += 1;
    }
  });
  const cluster = createMemoryCluster({ clock, truth, leaseMs });
  const links = [createSimLink(clock, random), createSimLink(clock, random)];
  const onBroken = (law: string) => broken.push(law);
  const nodes = links.map((link, index): SimNode => {
    const nodeId = `node-${index}`;
    const onDefect = onBroken;
    return startSimNode({
      nodeId,
      cluster,
      link,
      clock,
      random,
      maxRunningRuns: 4,
      patienceMs,
      onDefect,
    });
  });
  // The outage begins at whatever phase of the renewal.
  await clock.advance(100 + Math.floor((random.next() * leaseMs) / 3));
  nodes.forEach((server, index) => {
    const client = connectSimClient({ name: server.nodeId, server, onBroken, onMessage: () => undefined });
    for (let run = 0; run < 3; run += 1) {
      const roles = ['architect', 'coder', 'documenter'];
      const limits = { maxAttemptsPerStage: 8, maxDurationMs: 120_000 };
      const input = { task: `task ${index}.${run}`, pipeline: { roles, maxRefinements: 0 }, limits };
      client?.call('runs.start', input, (answer) => {
        if (answer.status !== 'answered') onBroken(`a start was ${answer.status}`);
      });
    }
  });
  await clock.advance(20 + Math.floor(random.next() * 200));
  const setReachable = (is: boolean) => (link: SimLink) => {
    if (kind === 'away') link.faults.isUp = is;
    else link.faults.isHeld = !is;
  };
  links.forEach(setReachable(false));
  // One node comes back before the other, and must not take what that one has.
  await clock.advance(outageMs - 1500);
  links.slice(1).forEach(setReachable(true));
  await clock.advance(1500);
  links.forEach(setReachable(true));
  await clock.advance(120_000);
  return { recovered, broken, ended, lastOrder: await truth.lastGlobalPosition() };
}

// Seen red with claims that decide before they are sent whether they take over: `claim` without a look at the renewal.
test.each([
  ['away', 10_000],
  ['frozen', 10_000],
  ['away', 3000],
  ['frozen', 3000],
] as const)(
  'a store that is %s for less than the patience costs no run its epoch with a lease of %i ms, which runs out meanwhile',
  async (kind, leaseMs) => {
    for (const outageMs of [2000, 2500, 3500, 5000, 8000, 9500]) {
      for (let seed = 1; seed <= 4; seed += 1) {
        const played = await playOutage({ outageMs, seed, kind, leaseMs });
        expect({ outageMs, seed, ...played }).toMatchObject({ recovered: [], broken: [], ended: 6 });
        expect(played.lastOrder).toBeGreaterThan(60);
      }
    }
  },
  60_000,
);

test('one that is not reached for longer than the patience does: the runs go on in a new epoch', async () => {
  const played = await playOutage({ outageMs: 25_000, seed: 1 });
  expect(played.broken).toEqual([]);
  expect(played.recovered.length).toBeGreaterThan(0);
  expect(played.ended).toBe(6);
});
