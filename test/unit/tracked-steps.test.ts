import { isTrackedEnvelope } from '@trpc/server';
import { expect, test } from 'vitest';
import { trackedEvents } from '../../server/delivery/tracked-events.ts';

test('every event is tracked, and the end is told', async () => {
  let ends = 0;
  const steps = trackedEvents(twoSteps(), () => (ends += 1));

  const seen = [];
  for await (const step of steps) seen.push(step);

  expect(seen.every(isTrackedEnvelope)).toBe(true);
  expect(seen.map(([cursor, event]) => [cursor, event])).toEqual([
    ['1-1-00000000', 'one'],
    ['1-2-00000000', 'two'],
  ]);
  expect(ends).toBe(1);
});

test('the end is told when the reader leaves, before the first event too', async () => {
  let ends = 0;
  const unread = trackedEvents(twoSteps(), () => (ends += 1));
  await unread.return?.();
  expect(ends).toBe(1);

  const read = trackedEvents(twoSteps(), () => (ends += 1));
  await read.next();
  await read.return?.();
  expect(ends).toBe(2);
});

test('the end is told when the steps fail, and so is the failure', async () => {
  let ends = 0;
  const steps = trackedEvents(failing(), () => (ends += 1));

  await expect(steps.next()).rejects.toThrow('the log is gone');
  expect(ends).toBe(1);
});

test('an event is handed on at once, so that no suspended function waits for it', async () => {
  const step = { done: false, value: { cursor: '1-1-00000000', event: 'one' } } as const;
  const steps = trackedEvents({ next: () => Promise.resolve(step) }, () => undefined);
  const arrivedAfter: number[] = [];
  let microtasks = 0;
  void steps.next().then(() => arrivedAfter.push(microtasks));
  for (; microtasks < 10; microtasks += 1) await Promise.resolve();
  expect(arrivedAfter).toEqual([1]);
});

test('an event that the check refuses ends the subscription with the reason, and the steps with it', async () => {
  let ends = 0;
  let isClosed = false;
  const first = twoSteps();
  const steps = trackedEvents(
    {
      next: () => first.next(),
      return: () => {
        isClosed = true;
        return first.return();
      },
    },
    () => (ends += 1),
    {
      check() {
        throw new Error('the key was revoked');
      },
    },
  );
  await expect(steps.next()).rejects.toThrow('the key was revoked');
  expect([ends, isClosed]).toEqual([1, true]);
});

async function* twoSteps(): AsyncGenerator<{ cursor: string; event: string }, void> {
  yield await Promise.resolve({ cursor: '1-1-00000000', event: 'one' });
  yield { cursor: '1-2-00000000', event: 'two' };
}

async function* failing(): AsyncGenerator<{ cursor: string; event: string }, void> {
  await Promise.reject(new Error('the log is gone'));
  yield { cursor: '', event: '' };
}
