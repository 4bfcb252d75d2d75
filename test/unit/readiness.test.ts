import { expect, test } from 'vitest';
import { createReadiness } from '../../server/process/readiness.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';

function open() {
  const clock = createFakeClock();
  const disk = { isFull: false, commits: 0 };
  const log = createFallibleLog({
    clock,
    beforeCommit() {
      disk.commits += 1;
      if (disk.isFull) throw new Error('disk full');
    },
  });
  return { clock, disk, readiness: createReadiness({ log, clock }) };
}

test('a server is ready while its log can be written', async () => {
  const { clock, disk, readiness } = open();
  expect(await readiness.isReady()).toBe(true);
  disk.isFull = true;
  await clock.advance(1000);
  expect(await readiness.isReady()).toBe(false);
  disk.isFull = false;
  await clock.advance(1000);
  expect(await readiness.isReady()).toBe(true);
});

test('the log is tried once a second, however often one asks', async () => {
  const { clock, disk, readiness } = open();
  for (let asked = 0; asked < 50; asked += 1) await readiness.isReady();
  expect(disk.commits).toBe(1);
  await clock.advance(1000);
  await readiness.isReady();
  expect(disk.commits).toBe(2);
});

test('a server that is about to stop is not ready, and never will be', async () => {
  const { clock, readiness } = open();
  const asked = readiness.isReady();
  readiness.end();
  expect(await asked).toBe(false);
  await clock.advance(5000);
  expect(await readiness.isReady()).toBe(false);
});
