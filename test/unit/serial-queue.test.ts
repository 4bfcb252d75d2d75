import { expect, test } from 'vitest';
import { createSerialQueue } from '../../server/runtime/serial-queue.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('tasks run one at a time, in the order in which they were posted', async () => {
  const queue = createSerialQueue();
  const seen: string[] = [];
  let release = () => {};
  const first = queue.post(async () => {
    seen.push('first begins');
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    seen.push('first ends');
    return 1;
  });
  const second = queue.post(async () => seen.push('second'));
  await Promise.resolve();
  expect(seen).toEqual(['first begins']);
  release();
  expect(await first).toBe(1);
  await second;
  expect(seen).toEqual(['first begins', 'first ends', 'second']);
});

test('a task that fails rejects for its poster only', async () => {
  const queue = createSerialQueue();
  const failing = queue.post(() => Promise.reject(new Error('no')));
  const next = queue.post(async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});

test('is idle when all that was posted is done', async () => {
  const queue = createSerialQueue();
  const seen: number[] = [];
  void queue.post(async () => seen.push(1));
  void queue.post(async () => seen.push(2));
  await queue.idle();
  expect(seen).toEqual([1, 2]);
});

test.each([
  { tookMs: 0, turnAfterMs: 0, turns: true },
  { tookMs: 1, turnAfterMs: 2, turns: false },
  { tookMs: 2, turnAfterMs: 2, turns: true },
])(
  'after a task of $tookMs ms with a turn after $turnAfterMs: $turns',
  async ({ tookMs, turnAfterMs, turns }) => {
    const clock = createFakeClock();
    let elapsedMs = 0;
    let turned = 0;
    const queue = createSerialQueue({
      turnOf: {
        ...clock,
        elapsed: () => elapsedMs,
        turn(task) {
          turned += 1;
          task();
        },
      },
      turnAfterMs,
    });
    await queue.post(async () => {
      elapsedMs += tookMs;
    });
    await queue.idle();
    expect(turned).toBe(turns ? 1 : 0);
  },
);
