import { expect, test } from 'vitest';
import { systemClock } from '../../server/runtime/clock.ts';
import { createMergeWindow } from '../../server/delivery/merge-window.ts';

/** A window over a loop that is as busy as the test says, looked at every 100 ms. */
function createScene() {
  let nowMs = 0;
  let utilization = 0;
  let looks = 0;
  const clock = {
    now: () => nowMs,
    wall: () => nowMs,
    elapsed: () => nowMs,
    after: () => () => undefined,
    turn: () => undefined,
  };
  const windowMs = createMergeWindow({
    clock,
    utilization: () => {
      looks += 1;
      return utilization;
    },
  });
  return {
    windowMs,
    looks: () => looks,
    /** What it is after so many looks at a loop this busy. */
    after(busy: number, times = 1) {
      utilization = busy;
      for (let time = 0; time < times; time += 1) {
        nowMs += 100;
        windowMs();
      }
      return windowMs();
    },
    wait(ms: number) {
      nowMs += ms;
    },
  };
}

test('while the loop has time nothing is held back', () => {
  const scene = createScene();
  expect(scene.windowMs()).toBe(0);
  for (const busy of [0, 0.3, 0.59, 0.6]) expect(scene.after(busy)).toBe(0);
});

test('the window opens with the load, to 40 ms', () => {
  const scene = createScene();
  const windows = [0.65, 0.7, 0.8, 0.9, 0.94].map((busy) => scene.after(busy));
  expect(windows).toEqual(windows.toSorted((one, other) => one - other));
  expect(windows[0]).toBeGreaterThan(0);
  expect(windows.at(-1)).toBeGreaterThan(35);
  expect(windows.at(-1)).toBeLessThanOrEqual(40);
});

// It once went on to 250 ms, and at 500 runs of 50 tokens a second two of five tokens were late by it alone.
test('a loop that stays full does not open it further', () => {
  expect(createScene().after(1, 20)).toBe(40);
});

test('it closes by halves, and then altogether', () => {
  const scene = createScene();
  scene.after(1);
  expect(scene.after(0.1)).toBe(20);
  expect(scene.after(0.1)).toBe(10);
  expect(scene.after(0.1, 8)).toBe(0);
});

test('the loop is looked at ten times a second, however often the window is asked for', () => {
  const scene = createScene();
  for (let asked = 0; asked < 1000; asked += 1) {
    scene.wait(1);
    scene.windowMs();
  }
  expect(scene.looks()).toBe(10);
});

test('a clock that was set back does not keep it from looking', () => {
  const scene = createScene();
  scene.wait(-3_600_000);
  expect(scene.after(1)).toBeGreaterThan(0);
});

test('asked for without a measure, it measures the loop of this thread', () => {
  const clock = {
    ...systemClock,
    now: () => performance.now(),
    after: () => () => undefined,
    turn: () => undefined,
  };
  const windowMs = createMergeWindow({ clock, sampleMs: 10 });
  // A loop that is never let go is full.
  for (const until = performance.now() + 50; performance.now() < until;) windowMs();
  expect(windowMs()).toBe(40);
});
