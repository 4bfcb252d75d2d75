import { expect, test } from 'vitest';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createUnsentMonitor } from '../../server/transport/trpc-ws/unsent-monitor.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('what has been sent is given back, also if nobody asks again', async () => {
  const clock = createFakeClock();
  const account = createMemoryAccount({ ...memoryLimitsOf(1000), unsent: 100 });
  let unsent = 80;
  const watch = createUnsentMonitor({ clock, account, sum: () => unsent });
  expect(watch.isMemoryShort()).toBe(false);
  expect(account.report().unsent.heldBytes).toBe(80);
  unsent = 0;
  await clock.advance(1000);
  expect(account.report().unsent.heldBytes).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

test('more than there is room for is crowded, until it is less', async () => {
  const clock = createFakeClock();
  const account = createMemoryAccount({ ...memoryLimitsOf(1000), unsent: 100 });
  let unsent = 200;
  const watch = createUnsentMonitor({ clock, account, sum: () => unsent });
  expect(watch.isMemoryShort()).toBe(true);
  unsent = 50;
  await clock.advance(250);
  expect(watch.isMemoryShort()).toBe(false);
});
