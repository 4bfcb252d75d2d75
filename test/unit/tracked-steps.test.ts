import { isTrackedEnvelope } from '@trpc/server';
import { expect, test } from 'vitest';
import { trackedSteps } from '../../server/api/tracked-steps.ts';

test('every event is tracked, and the end is told', async () => {
  let ends = 0;
  const steps = trackedSteps(twoSteps(), () => (ends += 1));

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
  const unread = trackedSteps(twoSteps(), () => (ends += 1));
  await unread.return?.();
  expect(ends).toBe(1);

  const read = trackedSteps(twoSteps(), () => (ends += 1));
  await read.next();
  await read.return?.();
  expect(ends).toBe(2);
});

test('the end is told when the steps fail, and so is the failure', async () => {
  let ends = 0;
  const steps = trackedSteps(failing(), () => (ends += 1));

  await expect(steps.next()).rejects.toThrow('the log is gone');
  expect(ends).toBe(1);
});

async function* twoSteps(): AsyncGenerator<{ cursor: string; event: string }, void> {
  yield await Promise.resolve({ cursor: '1-1-00000000', event: 'one' });
  yield { cursor: '1-2-00000000', event: 'two' };
}

async function* failing(): AsyncGenerator<{ cursor: string; event: string }, void> {
  await Promise.reject(new Error('the log is gone'));
  yield { cursor: '', event: '' };
}

test('behind a shortcut only the first event is yielded, and the others are sent', async () => {
  const sent: unknown[] = [];
  let firstEvent: object | undefined;
  const steps = trackedSteps(threeSteps(), doNothing, (first) => {
    firstEvent = first;
    return (cursor, event) => sent.push([cursor, event]) > 0;
  });

  const yielded = [];
  for await (const [cursor, event] of steps) yielded.push({ cursor, event });

  expect(yielded).toEqual([{ cursor: '1', event: shared[0] }]);
  expect(yielded[0]?.event).toBe(firstEvent);
  // Others follow the same run with the very same objects.
  expect(yielded[0]?.event).not.toBe(shared[0]);
  expect(sent).toEqual([
    ['2', shared[1]],
    ['3', shared[2]],
  ]);
});

test('as long as the shortcut is not open, events are yielded', async () => {
  const steps = trackedSteps(threeSteps(), doNothing, () => () => false);
  const yielded = [];
  for await (const [cursor] of steps) yielded.push(cursor);
  expect(yielded).toEqual(['1', '2', '3']);
});

test('behind its end a subscription sends nothing', async () => {
  const sent: unknown[] = [];
  const steps = trackedSteps(threeSteps(), doNothing, () => (cursor) => sent.push(cursor) > 0);
  await steps.next();
  const last = steps.next();
  const left = steps.return?.();
  await expect(last).resolves.toMatchObject({ done: true });
  await left;
  expect(sent).toEqual([]);
});

const doNothing = () => undefined;
const shared = [{ seq: 1 }, { seq: 2 }, { seq: 3 }];

async function* threeSteps(): AsyncGenerator<{ cursor: string; event: object }, void> {
  for (const [index, event] of shared.entries()) {
    yield await Promise.resolve({ cursor: String(index + 1), event });
  }
}
