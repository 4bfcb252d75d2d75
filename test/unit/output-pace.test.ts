import { expect, test } from 'vitest';
import { createOutputPace } from '../../server/runs/execute/output-pace.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function open(holdMs: number | undefined) {
  const clock = createFakeClock();
  const flushedMs: number[] = [];
  const startedMs = clock.elapsed();
  const pace = createOutputPace({ clock, ...(holdMs === undefined ? {} : { deltaHoldMs: () => holdMs }) });
  const schedule = () => pace.schedule(() => flushedMs.push(clock.elapsed() - startedMs));
  return { clock, pace, schedule, flushedMs };
}

test('output is flushed at once by a log that is not slow', () => {
  for (const holdMs of [undefined, 0]) {
    const { pace, schedule, flushedMs, clock } = open(holdMs);
    pace.appended();
    schedule();
    expect(flushedMs).toEqual([0]);
    expect(clock.pendingTimers).toBe(0);
  }
});

// Seen red with: a timer that counts from the output instead of the last row; one that is not cancelled.
test('output is held until 100 ms after the last row of its run', async () => {
  const { clock, pace, schedule, flushedMs } = open(100);
  schedule();
  expect(flushedMs).toEqual([0]);
  pace.appended();
  await clock.advance(30);
  schedule();
  await clock.advance(69);
  expect(flushedMs).toEqual([0]);
  await clock.advance(1);
  expect(flushedMs).toEqual([0, 100]);
  pace.appended();
  schedule();
  await clock.advance(50);
  // Something else has taken the output along; new output is counted from there.
  pace.appended();
  schedule();
  await clock.advance(99);
  expect(flushedMs).toEqual([0, 100]);
  await clock.advance(1);
  expect(flushedMs).toEqual([0, 100, 250]);
  await clock.advance(500);
  expect(clock.pendingTimers).toBe(0);
});
