import { expect, test } from 'vitest';
import { createFlushMonitor } from '../../server/log/flush-monitor.ts';
import { createFlushPace } from '../../server/log/postgres/flush-pace.ts';
import { createQueueWatch } from '../../server/log/postgres/queue-watch.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function open() {
  const clock = createFakeClock();
  const monitor = createFlushMonitor({ clock });
  const pace = createFlushPace({ clock, monitor });
  const queue = createQueueWatch({ clock, monitor });
  const flush = async (ms: number, { runs = 50, times = 1 } = {}) => {
    for (let time = 0; time < times; time += 1) {
      const end = monitor.begin({ runs, events: runs });
      await clock.advance(ms);
      end({ rejected: 0, isAnswered: true });
    }
  };
  return { clock, monitor, pace, queue, flush };
}

// Seen red with: a pause that does not depend on the duration; an interval that is counted from the end of a flush.
test('the slower flushes are, the longer they are apart, up to 20 ms from beginning to beginning', async () => {
  const { clock, pace, flush } = open();
  expect(pace.delayMs(50)).toBe(0);
  const delays: number[] = [];
  for (const ms of [1, 2, 4, 8, 12, 20, 50]) {
    await flush(ms);
    delays.push(pace.delayMs(50));
  }
  expect(delays).toEqual([0, 0, 0, 4, 8, 0, 0]);
  await flush(12);
  await clock.advance(5);
  expect(pace.delayMs(50)).toBe(3);
});

test('a lone run does not wait', async () => {
  const { pace, flush } = open();
  await flush(12, { runs: 1 });
  expect(pace.delayMs(1)).toBe(0);
  expect(pace.delayMs(2)).toBe(8);
});

// Seen red with: a mean that is only the last flush; no hysteresis.
test('deltas are held while flushes of many runs are slow, and not after a single slow one', async () => {
  const { pace, flush } = open();
  await flush(5, { times: 5 });
  await flush(80);
  expect(pace.holdMs()).toBe(0);
  await flush(40, { times: 10 });
  expect(pace.holdMs()).toBe(100);
  // What holding gains does not end it.
  await flush(15, { times: 20 });
  expect(pace.holdMs()).toBe(100);
  await flush(5, { times: 20 });
  expect(pace.holdMs()).toBe(0);
});

test('deltas of a few runs are not held: there is nothing to pack', async () => {
  const { pace, flush } = open();
  await flush(40, { runs: 3, times: 20 });
  expect(pace.holdMs()).toBe(0);
});

test('how slow the log is counts for as long again, and while a flush is in progress', async () => {
  const { clock, monitor, flush } = open();
  await flush(3000);
  expect(monitor.stats().presentMs).toBe(3000);
  await clock.advance(2999);
  expect(monitor.stats().presentMs).toBe(3000);
  await clock.advance(2);
  expect(monitor.stats().presentMs).toBe(0);
  const end = monitor.begin({ runs: 1, events: 1 });
  await clock.advance(2500);
  expect(monitor.stats()).toMatchObject({
    presentMs: 2500,
    openFlushMs: 2500,
    lastFlushMs: 3000,
    flushes: 1,
  });
  end({ rejected: 1, isAnswered: true });
  expect(monitor.stats()).toMatchObject({ flushes: 2, rejected: 1, openFlushMs: 0, lastFlushMs: 2500 });
});

test('notifications have no text while too much of the queue is in use', async () => {
  const { clock, monitor, queue } = open();
  expect([queue.shipsEvents, queue.isDue()]).toEqual([true, true]);
  queue.seen(0.011);
  expect([queue.shipsEvents, queue.isDue()]).toEqual([false, false]);
  expect(monitor.stats()).toMatchObject({ queueUsage: 0.011, isShipping: false });
  await clock.advance(1000);
  expect(queue.isDue()).toBe(true);
  queue.seen(0.01);
  expect(queue.shipsEvents).toBe(true);
  expect(createQueueWatch({ clock, monitor, notify: 'poke' }).shipsEvents).toBe(false);
});
