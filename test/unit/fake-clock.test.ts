import { expect, test } from 'vitest';
import { wait } from '../../server/runtime/wait.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('timers run at their own instants, in order, also those that timers ask for', async () => {
  const clock = createFakeClock({ startMs: 0 });
  const seen: string[] = [];
  const note = (name: string) => seen.push(`${name}@${clock.now()}`);
  clock.after(20, () => note('b'));
  clock.after(10, () => {
    note('a');
    clock.after(5, () => note('a2'));
  });
  clock.after(20, () => note('c'));
  clock.after(31, () => note('late'));
  await clock.advance(30);
  expect(seen).toEqual(['a@10', 'a2@15', 'b@20', 'c@20']);
  expect(clock.now()).toBe(30);
  expect(clock.nextTimerAt).toBe(31);
  expect(clock.pendingTimers).toBe(1);
});

test('a timer that is taken back does not run', async () => {
  const clock = createFakeClock();
  let ran = false;
  clock.after(5, () => (ran = true))();
  await clock.advance(10);
  expect([ran, clock.pendingTimers]).toEqual([false, 0]);
});

test('an async loop that waits gets every one of its waits within one advance', async () => {
  const clock = createFakeClock({ startMs: 0 });
  const at: number[] = [];
  const loop = (async () => {
    for (let round = 0; round < 5; round += 1) {
      await wait(clock, 100);
      await Promise.resolve();
      at.push(clock.now());
    }
  })();
  await clock.advance(450);
  expect(at).toEqual([100, 200, 300, 400]);
  await clock.advance(50);
  await loop;
  expect(at).toHaveLength(5);
});

test('turns run without time, and turns asked for by turns too', async () => {
  const clock = createFakeClock({ startMs: 7 });
  const seen: string[] = [];
  clock.turn(() => {
    seen.push('one');
    clock.turn(() => seen.push('two'));
  });
  expect(seen).toEqual([]);
  await clock.runTurns();
  expect([seen, clock.now()]).toEqual([['one', 'two'], 7]);
});

test('a timer without delay takes a millisecond, as in Node, so that renewing it cannot hold time', async () => {
  const clock = createFakeClock({ startMs: 0 });
  let ticks = 0;
  const tick = () => {
    ticks += 1;
    clock.after(0, tick);
  };
  clock.after(0, tick);
  await clock.advance(10);
  expect(ticks).toBe(10);
});
