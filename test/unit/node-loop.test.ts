import { expect, test } from 'vitest';
import { createNodeLoop } from '../../server/runs/node-loop.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createIdleCluster } from '../support/idle-cluster.ts';

// Seen red without the timer: the next sweep would come up to a whole interval later.
test('runs of a node that is gone are claimed as soon as its lease expires', async () => {
  const clock = createFakeClock();
  const expiresAtMs = clock.elapsed() + 7500;
  const claimsAtMs: number[] = [];
  const loop = createNodeLoop({
    clock,
    logger: quietLogger,
    heartbeatMs: 1000,
    sweepEveryMs: 60_000,
    cluster: createIdleCluster({
      leaseMs: 9000,
      renew() {
        const leftMs = expiresAtMs - clock.elapsed();
        const expiry = leftMs > 0 ? { nextExpiryMs: leftMs } : {};
        return Promise.resolve({ storeNowMs: clock.now(), lost: [], lease: 'mine', ...expiry });
      },
      claim({ takeOver }) {
        if (takeOver !== undefined) claimsAtMs.push(clock.elapsed());
        return Promise.resolve([]);
      },
    }),
    freeSlots: () => 1,
    accept: () => undefined,
    drop: () => undefined,
    heartbeatReports: () => [],
  });
  await loop.start();
  await clock.advance(8000);
  await loop.stop();
  expect(claimsAtMs.some((atMs) => atMs > expiresAtMs && atMs <= expiresAtMs + 50)).toBe(true);
});
