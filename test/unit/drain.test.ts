import { expect, test } from 'vitest';
import { drain } from '../../server/process/drain.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function start(deadlineMs: number, { stopped = Promise.resolve(), closed = Promise.resolve() } = {}) {
  const clock = createFakeClock({ startMs: 0 });
  const done: string[] = [];
  const note = (what: string) => void done.push(`${clock.now()} ${what}`);
  const handedOver: number[] = [];
  const ended = drain({
    clock,
    deadlineMs,
    readiness: { end: () => note('not ready') },
    supervisor: {
      drain: () => note('no new runs'),
      passOn: (timeoutMs) => Promise.resolve(void handedOver.push(timeoutMs)),
      stop: () => stopped.then(() => note('runs stopped')),
    },
    http: {
      refuseWebSockets: () => note('no new sockets'),
      announceReconnect: (spreadMs) => note(`told over ${spreadMs} ms`),
    },
    close: () => closed.then(() => note('closed')),
  });
  return { clock, done, ended, handedOver };
}

test('a drain refuses what is new, tells the clients for a second, stops the runs, and then lets go', async () => {
  const { clock, done, ended } = start(5000);
  await clock.advance(999);
  expect(done).toEqual(['0 not ready', '0 no new runs', '0 no new sockets', '0 told over 1000 ms']);
  await clock.advance(1);
  expect(done.slice(4)).toEqual(['1000 runs stopped', '1000 closed']);
  expect(await ended).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test('with little time a fifth of it is for telling', async () => {
  const { clock, done, ended } = start(500);
  await clock.advance(100);
  expect(done).toContain('0 told over 100 ms');
  expect(await ended).toBe(true);
});

test('what does not come to its end is left at the deadline', async () => {
  const { clock, done, ended } = start(500, { closed: new Promise(() => {}) });
  await clock.advance(500);
  expect(await ended).toBe(false);
  expect(done.at(-1)).toBe('100 runs stopped');
});

test('a drain that fails says so', async () => {
  const failed = Promise.reject(new Error('a defect'));
  failed.catch(() => undefined);
  const { clock, ended } = start(500, { closed: failed });
  ended.catch(() => undefined);
  await clock.advance(500);
  await expect(ended).rejects.toThrow('a defect');
});

test('runs may be handed over for a part of the deadline, once the clients are told, before they are stopped', async () => {
  const { clock, handedOver } = start(5000);
  await clock.advance(999);
  expect(handedOver).toEqual([]);
  await clock.advance(1);
  expect(handedOver).toEqual([3000]);
});
