import { describe, expect, test } from 'vitest';
import { createReadiness } from '../../server/process/readiness.ts';
import type { NodeStatus } from '../../server/runs/node-status.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';

function open() {
  const clock = createFakeClock();
  const disk = { isFull: false, commits: 0 };
  const log = createFallibleLog({
    clock,
    beforeCommit() {
      disk.commits += 1;
      if (disk.isFull) throw new Error('disk full');
    },
  });
  return { clock, disk, readiness: createReadiness({ log, clock }) };
}

test('a server is ready while its log can be written', async () => {
  const { clock, disk, readiness } = open();
  expect(await readiness.isReady()).toBe(true);
  disk.isFull = true;
  await clock.advance(1000);
  expect(await readiness.isReady()).toBe(false);
  disk.isFull = false;
  await clock.advance(1000);
  expect(await readiness.isReady()).toBe(true);
});

test('the log is tried once a second, however often one asks', async () => {
  const { clock, disk, readiness } = open();
  for (let asked = 0; asked < 50; asked += 1) await readiness.isReady();
  expect(disk.commits).toBe(1);
  await clock.advance(1000);
  await readiness.isReady();
  expect(disk.commits).toBe(2);
});

test('a server that is about to stop is not ready, and never will be', async () => {
  const { clock, readiness } = open();
  const asked = readiness.isReady();
  readiness.end();
  expect(await asked).toBe(false);
  await clock.advance(5000);
  expect(await readiness.isReady()).toBe(false);
});

describe('on a node of a cluster', () => {
  /** A node whose lease, echo and clock are as given; the log must not be probed. */
  function openNode(given: Partial<NodeStatus>) {
    const clock = createFakeClock();
    const node: NodeStatus = {
      leaseMs: 10_000,
      sinceRenewalMs: 100,
      hasEcho: true,
      clockOffsetMs: 3,
      maxClockOffsetMs: 30_000,
      isClockUsable: true,
      ...given,
    };
    const probe = () => Promise.reject(new Error('a probe would be a write per node and second'));
    return createReadiness({ log: { probe }, clock, nodeStatus: () => node });
  }

  test.each<[string, Partial<NodeStatus>, boolean]>([
    ['renewed just now', {}, true],
    ['renewed half a lease ago', { sinceRenewalMs: 5000 }, true],
    ['renewed longer ago', { sinceRenewalMs: 5001 }, false],
    ['never renewed', { sinceRenewalMs: undefined }, false],
    ['without its own notifications', { hasEcho: false }, false],
    ['with a clock too far off', { isClockUsable: false, clockOffsetMs: 31_000 }, false],
  ])('%s', async (_what, given, isReady) => {
    expect(await openNode(given).isReady()).toBe(isReady);
  });

  test('each reason is reported with its numbers', async () => {
    const readiness = openNode({ sinceRenewalMs: 6200.4, clockOffsetMs: -31_000, isClockUsable: false });
    readiness.end();
    expect(await readiness.checks()).toEqual({
      serving: { ok: false },
      lease: { ok: false, sinceRenewalMs: 6200, limitMs: 5000, leaseMs: 10_000 },
      notifications: { ok: true },
      clock: { ok: false, offsetMs: -31_000, limitMs: 30_000 },
    });
  });
});
