import { expect, test } from 'vitest';
import type { Ownership } from '../../server/cluster/ownership.ts';
import { createOffsetClock } from '../../server/cluster/offset-clock.ts';
import { createNodeLoop } from '../../server/runs/node-loop.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createIdleCluster } from '../support/idle-cluster.ts';
import { createFollowing, shown } from '../support/following.ts';

// A process was suspended for 14 s while the answer to the renewal of its lease waited for it. It took half of that for the
// way of the answer, set its clock back by 7 s, and stood still until they were over: its subscribers got no heartbeats.

/** A node whose store answers after the given times. */
function open(answers: { beforeMs: number; afterMs: number }) {
  const world = createFakeClock();
  const clock = createOffsetClock(world);
  const renew: Ownership['renew'] = async () => {
    await new Promise<void>((resolve) => void world.after(answers.beforeMs, resolve));
    const storeNowMs = world.now();
    await new Promise<void>((resolve) => void world.after(answers.afterMs, resolve));
    return { storeNowMs, lost: [], lease: '' };
  };
  const loop = createNodeLoop({
    clock,
    offsetClock: clock,
    logger: quietLogger,
    heartbeatMs: 1000,
    cluster: createIdleCluster({
      leaseMs: 30_000,
      renew,
    }),
    freeSlots: () => 0,
    accept: () => undefined,
    drop: () => undefined,
    heartbeatReports: () => [],
  });
  return { world, clock, loop };
}

test.each([
  ['late in its process', { beforeMs: 0, afterMs: 14_000 }],
  ['late in the store', { beforeMs: 14_000, afterMs: 0 }],
])('an answer that is %s does not change a clock that is right', async (_how, late) => {
  const answers = { beforeMs: 5, afterMs: 5 };
  const { world, clock, loop } = open(answers);
  void loop.start();
  await world.advance(1000);
  Object.assign(answers, late);
  await world.advance(25_000);
  expect(clock.offsetMs).toBe(0);
  expect(clock.now()).toBe(world.now());
  await loop.stop();
});

test('a first measurement that is late is made again before runs are executed', async () => {
  const answers = { beforeMs: 0, afterMs: 50_000 };
  const { world, clock, loop } = open(answers);
  const started = loop.start();
  await world.advance(49_999);
  Object.assign(answers, { beforeMs: 5, afterMs: 5 });
  await world.advance(50);
  await started;
  expect(clock.offsetMs).toBe(0);
  expect(loop.isClockUsable).toBe(true);
  await loop.stop();
});

test('a late answer that contradicts a clock by less than its own error moves it by no more than that', async () => {
  const answers = { beforeMs: 5, afterMs: 5 };
  const { world, clock, loop } = open(answers);
  void loop.start();
  await world.advance(1000);
  clock.setOffset(-20);
  Object.assign(answers, { beforeMs: 4000, afterMs: 0 });
  // It once was set to 2 s ahead of the store.
  await world.advance(15_000);
  expect(Math.abs(clock.offsetMs)).toBeLessThanOrEqual(5);
  await loop.stop();
});

test('a late answer does change a clock that it proves wrong', async () => {
  const answers = { beforeMs: 1000, afterMs: 1000 };
  const { world, clock, loop } = open(answers);
  void loop.start();
  await world.advance(3000);
  // As if the machine's clock had been set.
  clock.setOffset(20_000);
  await world.advance(13_000);
  expect(clock.offsetMs).toBe(0);
  await loop.stop();
});

test('heartbeats are sent while a clock that was set back stands still', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start();
  await clock.runTurns();
  const stoppedAtMs = clock.now();
  Object.assign(clock, { now: () => stoppedAtMs });
  await clock.advance(3500);
  expect(reader.items.slice(4).map(shown)).toEqual(['4 run.waiting', '4 run.waiting', '4 run.waiting']);
});
