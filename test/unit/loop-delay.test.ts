import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../server/runtime/clock.ts';
import { createLoopDelay } from '../../server/runtime/loop-delay.ts';

test('a turn that holds the event loop is seen once, and each report begins anew', async () => {
  const delay = createLoopDelay({ clock: systemClock });
  // Real time is what it measures, here and below.
  await sleep(60);
  delay.report();
  // The first look after a report is what the next one is compared with.
  await sleep(60);
  const untilMs = performance.now() + 300;
  while (performance.now() < untilMs);
  // One more look, which sees it.
  await sleep(60);
  const { max, p50 } = delay.report();
  expect(max).toBeGreaterThan(200);
  expect(p50).toBeLessThanOrEqual(max);
  expect(delay.report()).toEqual({ p50: 0, p99: 0, max: 0 });
  delay.stop();
});
