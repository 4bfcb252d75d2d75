import { expect, test } from 'vitest';
import { createOffsetClock } from '../../server/cluster/offset-clock.ts';
import type { Renewal } from '../../server/cluster/ownership.ts';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createReadiness } from '../../server/process/readiness.ts';
import { createNodeLoop } from '../../server/runs/node-loop.ts';
import type { Logger } from '../../server/runtime/logger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createIdleCluster } from '../support/idle-cluster.ts';

/** A node with a lease of 9 s, renewed every 3 s. `store` says what its renewals get. */
function open() {
  const world = createFakeClock();
  const clock = createOffsetClock(world);
  const store = { isDown: false, aheadMs: 0, hasEcho: true };
  const logged: string[] = [];
  const log = (_fields: object, message: string) => void logged.push(message);
  const logger: Logger = { info: log, warn: log, error: log };
  const never = () => Promise.reject(new Error('not asked here'));
  const loop = createNodeLoop({
    clock,
    offsetClock: clock,
    logger,
    heartbeatMs: 1000,
    cluster: createIdleCluster({
      leaseMs: 9000,
      renew: async (): Promise<Renewal> => {
        if (store.isDown) throw new LogUnavailable('down');
        return { storeNowMs: world.now() + store.aheadMs, lost: [], lease: '', hasEcho: store.hasEcho };
      },
    }),
    freeSlots: () => 0,
    accept: () => undefined,
    drop: () => undefined,
    heartbeatReports: () => [],
  });
  const readiness = createReadiness({ log: { probe: never }, clock, nodeStatus: () => loop.status() });
  return { world, loop, store, readiness, logged };
}

test('a node whose database does not respond is not ready after half a lease, and ready when it is back', async () => {
  const { world, loop, store, readiness } = open();
  expect(await readiness.isReady()).toBe(false);
  await loop.start();
  expect(await readiness.isReady()).toBe(true);
  await world.advance(3000);
  store.isDown = true;
  await world.advance(4500);
  expect(await readiness.isReady()).toBe(true);
  await world.advance(1);
  expect(await readiness.isReady()).toBe(false);
  expect((await readiness.checks()).lease).toEqual({
    ok: false,
    sinceRenewalMs: 4501,
    limitMs: 4500,
    leaseMs: 9000,
  });
  store.isDown = false;
  await world.advance(500);
  expect(await readiness.isReady()).toBe(true);
  await loop.stop();
});

test.each([
  [29_000, true],
  [31_000, false],
  [-31_000, false],
])('a clock that is %i ms off: ready is %s', async (aheadMs, isReady) => {
  const { world, loop, store, readiness } = open();
  store.aheadMs = aheadMs;
  await loop.start();
  expect(await readiness.isReady()).toBe(isReady);
  expect((await readiness.checks()).clock).toEqual({ ok: isReady, offsetMs: aheadMs, limitMs: 30_000 });
  // The correction of the clock does not count as time since the renewal.
  expect(loop.status().sinceRenewalMs).toBe(0);
  store.aheadMs = 0;
  await world.advance(3000);
  expect(await readiness.isReady()).toBe(true);
  await loop.stop();
});

test('a node that does not get its own notifications is not ready, and logs it once', async () => {
  const { world, loop, store, readiness, logged } = open();
  await loop.start();
  store.hasEcho = false;
  await world.advance(9000);
  expect(await readiness.isReady()).toBe(false);
  expect((await readiness.checks()).notifications).toEqual({ ok: false });
  store.hasEcho = true;
  await world.advance(3000);
  expect(await readiness.isReady()).toBe(true);
  expect(logged).toEqual([
    'notifications of the database do not arrive; subscribers get the events of other nodes late',
    'notifications of the database arrive again',
  ]);
  await loop.stop();
});
