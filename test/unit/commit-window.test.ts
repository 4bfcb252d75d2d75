import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Append } from '../../server/log/event-log.ts';
import { createCommitWindow } from '../../server/log/commit-window.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const windowMs = 4;

function open(options: { readonly windowMs?: number } = {}) {
  const clock = createFakeClock();
  const scripts = [1, 2, 3].map((number) => createRunScript(runIdOf(number)));
  for (const script of scripts) script.begin();
  let waiting: Append[] = [];
  /** Each flush: how many appends it has, and when it came. */
  const flushes: { readonly appends: number; readonly atMs: number }[] = [];
  const startMs = clock.elapsed();
  const window = createCommitWindow({
    clock,
    windowMs: options.windowMs ?? windowMs,
    flush() {
      flushes.push({ appends: waiting.length, atMs: clock.elapsed() - startMs });
      waiting = [];
    },
  });
  const add = (append: Append) => {
    waiting.push(append);
    window.add(append);
  };
  return {
    clock,
    flushes,
    delta: (run: number) => add(scripts[run]?.deltas('text') as Append),
    end: (run: number) => add(scripts[run]?.complete() as Append),
    waiting: () => waiting.length,
  };
}

test('the deltas of a lone run are committed in the next turn', async () => {
  const it = open();
  for (let token = 0; token < 5; token += 1) {
    it.delta(0);
    await it.clock.advance(1);
  }
  expect(it.flushes.map(({ appends }) => appends)).toEqual([1, 1, 1, 1, 1]);
});

test('the deltas of two runs share a commit at the end of the window', async () => {
  const it = open();
  it.delta(0);
  await it.clock.advance(1);
  it.delta(1);
  await it.clock.advance(1);
  it.delta(2);
  it.delta(0);
  await it.clock.advance(2);
  expect(it.flushes).toEqual([{ appends: 1, atMs: 0 }]);
  await it.clock.advance(1);
  expect(it.flushes).toEqual([
    { appends: 1, atMs: 0 },
    { appends: 3, atMs: 5 },
  ]);
});

test('anything but deltas is committed in the next turn, with all that waits', async () => {
  const it = open();
  it.delta(0);
  await it.clock.advance(0);
  it.delta(1);
  await it.clock.advance(1);
  it.end(0);
  await it.clock.advance(0);
  expect(it.flushes).toEqual([
    { appends: 1, atMs: 0 },
    { appends: 2, atMs: 1 },
  ]);
  // The timer of that window does not cut the next one short.
  await it.clock.advance(1);
  it.delta(2);
  it.delta(1);
  await it.clock.advance(3);
  expect(it.flushes).toHaveLength(2);
  await it.clock.advance(1);
  expect(it.flushes.at(-1)).toEqual({ appends: 2, atMs: 6 });
});

test('a run that is alone again does not wait', async () => {
  const it = open();
  it.delta(0);
  it.delta(1);
  await it.clock.advance(windowMs + 1);
  const before = it.flushes.length;
  await it.clock.advance(windowMs);
  it.delta(0);
  await it.clock.advance(0);
  expect(it.flushes).toHaveLength(before + 1);
});

test('without a window every turn has its commit', async () => {
  const it = open({ windowMs: 0 });
  it.delta(0);
  it.delta(1);
  await it.clock.advance(0);
  expect(it.flushes).toEqual([{ appends: 2, atMs: 0 }]);
});

test('whatever comes when, nothing waits longer than a window, and nothing is left', async () => {
  const step = fc.record({
    run: fc.integer({ min: 0, max: 2 }),
    waitMs: fc.integer({ min: 0, max: 9 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const it = open();
      let oldestMs: number | undefined;
      for (const { run, waitMs } of steps) {
        it.delta(run);
        oldestMs ??= it.clock.elapsed();
        for (let ms = 0; ms < waitMs; ms += 1) {
          await it.clock.advance(1);
          if (it.waiting() === 0) oldestMs = undefined;
          else expect(it.clock.elapsed() - (oldestMs ?? 0)).toBeLessThanOrEqual(windowMs);
        }
      }
      await it.clock.advance(windowMs);
      expect(it.waiting()).toBe(0);
      expect(it.flushes.reduce((sum, { appends }) => sum + appends, 0)).toBe(steps.length);
    }),
    { numRuns: 100 },
  );
});
