import { expect, test } from 'vitest';
import { simulateOwners } from '../support/simulate-owners.ts';
import failedSeeds from './failed-owners-seeds.json' with { type: 'json' };
import { seedProblem } from './seed-problem.ts';

// Callers whose owners and permissions change at any time, and the laws of identity (PROTOCOL, P29 to P32 and P50 to P53).

const seeds = process.env['STAGEWIRE_TEST_LONG'] === '1' ? 3000 : 150;

test('no caller ever gets anything of an owner that is not its own', { timeout: 120_000 }, async () => {
  const total = { events: 0, foreign: 0, refused: 0, changes: 0, audited: 0 };
  const first = Array.from({ length: seeds }, (_, index) => index + 1);
  // `npm run simulate` keeps the others that have failed.
  for (const seed of new Set<number>([...first, ...failedSeeds])) {
    const simulation = await simulateOwners(seed);
    const { counts } = simulation;
    expect(simulation.broken, seedProblem(seed, simulation)).toEqual([]);
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += counts[name];
  }
  // A simulation in which nothing happens would find nothing.
  expect(total.events / seeds).toBeGreaterThan(20);
  expect(total.refused / seeds).toBeGreaterThan(3);
  expect(total.changes / seeds).toBeGreaterThan(10);
  expect(total.foreign).toBeGreaterThan(0);
  expect(total.audited).toBeGreaterThan(0);
});

test('does the same in one seed twice', async () => {
  expect(await simulateOwners(7)).toEqual(await simulateOwners(7));
});
