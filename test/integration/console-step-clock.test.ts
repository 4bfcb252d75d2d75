import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStepClock } from '../../console/shell/step-clock.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_250 }));
afterEach(() => void vi.useRealTimers());

const clock = { now: () => Date.now() };

// Broken once: with the clock read anew, what rendered between two steps was ahead of what waited for its timer.
test('all readers of a step clock see the same step, even if its timer is late', () => {
  const steps = createStepClock({ clock, stepMs: 500 });
  const seen: number[] = [];
  const stops = [1, 2].map(() => steps.subscribe(() => void seen.push(steps.now())));
  expect(steps.now()).toBe(1_000_000);
  // The time has come, the timer has not.
  vi.setSystemTime(1_000_600);
  expect(steps.now()).toBe(1_000_000);
  vi.runOnlyPendingTimers();
  expect(seen).toEqual([steps.now(), steps.now()]);
  expect(seen[0]).toBeGreaterThan(1_000_000);
  for (const stop of stops) stop();
  expect(vi.getTimerCount()).toBe(0);
});

test('a step clock without subscribers reads its clock, and steps again with the next one', () => {
  const steps = createStepClock({ clock, stepMs: 500 });
  steps.subscribe(() => {})();
  vi.setSystemTime(1_001_700);
  expect(steps.now()).toBe(1_001_500);
  let count = 0;
  const stop = steps.subscribe(() => (count += 1));
  vi.advanceTimersByTime(1400);
  expect(count).toBe(3);
  expect(steps.now()).toBe(1_003_000);
  stop();
});
