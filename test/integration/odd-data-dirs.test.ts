import {
  chmod,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { startProblem } from '../../server/process/start-problem.ts';
import { createKilledDataDir, finishedRuns, finishRun, statusOf } from '../support/killed-data-dir.ts';
import type { KilledDataDir } from '../support/killed-data-dir.ts';
import { createRunScript } from '../support/run-script.ts';

// What a disk, a backup or a person can do to a data directory that a killed server has left. A start either serves every
// run that was finished before, or it ends with a sentence and leaves the log as it is. The starts are made in this
// process, which is ten times as fast as in one of their own.

let killed: KilledDataDir;
beforeAll(async () => {
  killed = await createKilledDataDir();
});
afterAll(async () => {
  await killed[Symbol.asyncDispose]();
});

async function startHere(path: string) {
  const env = {
    STAGEWIRE_PORT: '0',
    STAGEWIRE_DATA_DIR: path,
    STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0',
  };
  const app = await startApp({ config: readConfig(env) });
  return { url: app.url, [Symbol.asyncDispose]: () => app.close() };
}

/** What is said to whoever starts a server that does not start. */
async function refusal(path: string): Promise<string> {
  const said = await startHere(path).then(
    () => 'it has started',
    (error: unknown) => startProblem(error),
  );
  expect(said).not.toMatch(/^\s+at |defect/m);
  return said;
}

/** Overwrites bytes of a file in place. */
async function scribble(path: string, at: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

describe('it starts, and every finished run is there', () => {
  test.each<[string, (path: string) => Promise<unknown>]>([
    ['as it was', async () => undefined],
    ['log.db-shm is gone', (path) => rm(join(path, 'log.db-shm'))],
    ['log.db-shm is garbage', (path) => writeFile(join(path, 'log.db-shm'), Buffer.alloc(32_768, 0xa5))],
    ['log.db-shm is empty', (path) => truncate(join(path, 'log.db-shm'), 0)],
    ['server.lock is gone', (path) => rm(join(path, 'server.lock'))],
    ['server.lock is garbage', (path) => writeFile(join(path, 'server.lock'), '')],
    ['server.json is garbage', (path) => writeFile(join(path, 'server.json'), '{"url":')],
    ['server.json.new is a leftover', (path) => writeFile(join(path, 'server.json.new'), 'old')],
    ['log.json is gone', (path) => rm(join(path, 'log.json'), { force: true })],
    ['log.json is empty', (path) => writeFile(join(path, 'log.json'), '')],
    [
      'log.db is a link to another folder',
      async (path) => {
        await mkdir(join(path, 'elsewhere'));
        for (const end of ['', '-wal', '-shm'])
          await rename(join(path, `log.db${end}`), join(path, 'elsewhere', `log.db${end}`));
        await symlink(join(path, 'elsewhere', 'log.db'), join(path, 'log.db'));
      },
    ],
    [
      // The WAL has a page of its own in its place.
      'the header of log.db is overwritten',
      (path) => scribble(join(path, 'log.db'), 0, Buffer.alloc(100, 0x41)),
    ],
    [
      'the WAL ends in half a frame of zeros',
      async (path) => {
        const wal = await readFile(join(path, 'log.db-wal'));
        await writeFile(join(path, 'log.db-wal'), Buffer.concat([wal, Buffer.alloc(2000)]));
      },
    ],
  ])('%s', async (_name, change) => {
    await using dir = await killed.copy();
    await change(dir.path);
    await using server = await startHere(dir.path);
    for (const runId of finishedRuns) expect(await statusOf(server, runId)).toBe('completed');
    await finishRun(server, 'run_after-the-change');
  });
});

describe('the clock is far from that of the log', () => {
  const dayMs = 24 * 60 * 60 * 1000;
  // What has stood still for longer than a run may take has ended; how long that was, only the clock can tell.
  test.each([
    [-40, 'failed'],
    [-2, 'failed'],
    [-0.5, 'completed'],
    [2, 'completed'],
    [40, 'completed'],
  ])(
    'the newest event is %d days from now: a live run of a day at most is %s, and a new one is completed',
    async (days, status) => {
      await using dir = await killed.copy();
      const run = createRunScript('run_under-way', { startMs: Date.now() + days * dayMs });
      const log = createSqliteLog({ path: join(dir.path, 'log.db'), clock: systemClock });
      await log.append(
        run.begin({
          models: { default: 'rehearsal/tps=0,ttft=0' },
          limits: { maxAttemptsPerStage: 8, maxDurationMs: dayMs },
        }),
      );
      await log.append(run.deltas('a word '));
      await log.close();

      await using server = await startHere(dir.path);
      await finishRun(server, 'run_after-the-start');
      await expect.poll(() => statusOf(server, run.runId), { timeout: 10_000 }).toBe(status);
      for (const runId of finishedRuns) expect(await statusOf(server, runId)).toBe('completed');
    },
  );
});

describe('it does not start, and says why', () => {
  test.each<[string, (path: string) => Promise<unknown>, RegExp]>([
    [
      'log.db and its WAL are gone',
      async (path) => {
        for (const end of ['', '-wal', '-shm']) await rm(join(path, `log.db${end}`));
      },
      /log\.db/,
    ],
    [
      'log.db is a folder',
      async (path) => {
        await rm(join(path, 'log.db'));
        await mkdir(join(path, 'log.db'));
      },
      /log\.db/,
    ],
    [
      'log.db is a link to nothing',
      async (path) => {
        await rm(join(path, 'log.db'));
        await symlink(join(path, 'nowhere'), join(path, 'log.db'));
      },
      /log\.db/,
    ],
    [
      'log.db is a link to itself',
      async (path) => {
        await rm(join(path, 'log.db'));
        await symlink('log.db', join(path, 'log.db'));
      },
      /log\.db/,
    ],
    [
      'log.json is a folder, log.db gone',
      async (path) => {
        await rm(join(path, 'log.json'), { force: true });
        await mkdir(join(path, 'log.json'));
        for (const end of ['', '-wal', '-shm']) await rm(join(path, `log.db${end}`));
      },
      /log\.(db|json)/,
    ],
    [
      'server.lock is a folder',
      async (path) => {
        await rm(join(path, 'server.lock'));
        await mkdir(join(path, 'server.lock'));
      },
      /data directory/,
    ],
    [
      'server.lock is no database',
      (path) => writeFile(join(path, 'server.lock'), 'x'.repeat(5000)),
      /data directory/,
    ],
    [
      'the data directory is a link to itself',
      async (path) => {
        await rm(path, { recursive: true });
        await symlink(path, path);
      },
      /data directory/,
    ],
  ])('%s', async (_name, change, sentence) => {
    await using dir = await killed.copy();
    await change(dir.path);
    expect(await refusal(dir.path)).toMatch(sentence);
  });
});

test.skipIf(process.getuid?.() === 0)(
  'log.db may not be written: it does not start, and does once that is mended',
  async () => {
    await using dir = await killed.copy();
    await chmod(join(dir.path, 'log.db'), 0o400);
    expect(await refusal(dir.path)).toMatch(/log\.db could not be opened \(EACCES/);
    await chmod(join(dir.path, 'log.db'), 0o600);
    await using server = await startHere(dir.path);
    for (const runId of finishedRuns) expect(await statusOf(server, runId)).toBe('completed');
  },
);

describe('a WAL that lost its end', () => {
  test.each([0.25, 0.5, 0.9, 0.999])(
    'at %d of its length: what is left is whole, and goes on',
    async (part) => {
      await using dir = await killed.copy();
      const wal = join(dir.path, 'log.db-wal');
      await truncate(wal, Math.floor((await stat(wal)).size * part));
      await using server = await startHere(dir.path);
      for (const runId of finishedRuns) {
        // What was cut off is gone, or is carried on: never a run that cannot be read.
        await expect
          .poll(() => statusOf(server, runId), { timeout: 10_000 })
          .toMatch(/^(completed|RUN_NOT_FOUND)$/);
      }
      await finishRun(server, 'run_after-the-change');
    },
  );
});
