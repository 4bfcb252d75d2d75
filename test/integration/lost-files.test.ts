import { once } from 'node:events';
import { chmod, copyFile, cp, link, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createKilledDataDir, finishRun, finishedRuns } from '../support/killed-data-dir.ts';
import { startRun, statusOf, type KilledDataDir } from '../support/killed-data-dir.ts';
import { spawnServer, startServerProcess, type ServerProcess } from '../support/server-process.ts';

// What a person or a program can do to the data directory of a server while it runs: to the server as a process.

let killed: KilledDataDir;
beforeAll(async () => {
  killed = await createKilledDataDir();
});
afterAll(async () => {
  await killed[Symbol.asyncDispose]();
});

async function readiness({ url }: ServerProcess): Promise<number> {
  return (await fetch(`${url}/readyz`)).status;
}

/** What a second server says that does not start on this directory. */
async function secondServer(dataDir: string): Promise<string> {
  const { child, output } = spawnServer({
    STAGEWIRE_PORT: '0',
    STAGEWIRE_DATA_DIR: dataDir,
    STAGEWIRE_MODEL: 'rehearsal',
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 25_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(late);
  expect(code, output()).toBe(1);
  expect(output()).not.toContain('Stagewire ready');
  return output();
}

/** Kills the server, and starts one: what that knows of these runs. */
async function statusesAfterKill(server: ServerProcess, runIds: readonly string[]) {
  await server.stop('SIGKILL');
  await using again = await startServerProcess({ dataDir: server.dataDir });
  return await Promise.all(runIds.map(async (runId) => `${runId}: ${await statusOf(again, runId)}`));
}

test('two servers that start at once on one directory: one serves, the other says so', async () => {
  await using dir = await killed.copy();
  const both = [1, 2].map(() =>
    spawnServer({ STAGEWIRE_PORT: '0', STAGEWIRE_DATA_DIR: dir.path, STAGEWIRE_MODEL: 'rehearsal' }),
  );
  const loser = await Promise.race(
    both.map(({ child, output }) =>
      once(child, 'close').then(([code]) => ({ code: code as unknown, child, output })),
    ),
  );
  expect(loser.code).toBe(1);
  expect(loser.output()).toMatch(/in use by another Stagewire server|open in another process/);
  const winner = both.find(({ child }) => child !== loser.child);
  await expect.poll(() => winner?.output(), { timeout: 10_000 }).toContain('Stagewire ready');
  winner?.child.kill('SIGKILL');
});

// A start may take ten seconds on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe('a server that gets over it', () => {
  let dir: Awaited<ReturnType<KilledDataDir['copy']>>;
  let server: ServerProcess;
  beforeAll(async () => {
    dir = await killed.copy();
    server = await startServerProcess({ dataDir: dir.path });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });
  const file = (name: string) => join(dir.path, name);

  test('server.lock is deleted: a second server does not start, and the first takes the lock again', async () => {
    await rm(file('server.lock'));
    // Before the first can have seen it: the log is open in another process.
    const [first, second] = await Promise.all([secondServer(dir.path), secondServer(dir.path)]);
    for (const said of [first, second]) {
      expect(said).toMatch(/open in another process \(process \d+, http|in use by another/);
    }
    await expect.poll(() => server.output(), { timeout: 5000 }).toMatch(/server\.lock was .* recreated/);
    expect(await secondServer(dir.path)).toContain(server.url);
    await finishRun(server, 'run_after-the-lock');
    expect(await readiness(server)).toBe(200);
  });

  test('server.lock and server.json are replaced by garbage: a second server does not start', async () => {
    await rm(file('server.lock'));
    await writeFile(file('server.lock'), 'x'.repeat(5000));
    await writeFile(file('server.json'), '{"url":');
    await secondServer(dir.path);
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(503);
    await rm(file('server.lock'));
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(200);
    await finishRun(server, 'run_after-the-garbage');
  });

  test('its directory is moved away and replaced by a copy: nothing is accepted that would be lost', async () => {
    await rename(dir.path, `${dir.path}-moved`);
    await cp(`${dir.path}-moved`, dir.path, { recursive: true });
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(503);
    expect((await startRun(server, 'run_into-the-copy')).body).toContain('LOG_UNAVAILABLE');
    await rm(dir.path, { recursive: true });
    await rename(`${dir.path}-moved`, dir.path);
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(200);
    await finishRun(server, 'run_after-the-move');
  });

  test('another copy lies over log.db, until the right one is back', async () => {
    await link(file('log.db'), file('kept.db'));
    await copyFile(file('log.db'), file('restored.db'));
    await rename(file('restored.db'), file('log.db'));
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(503);
    expect((await startRun(server, 'run_into-the-void')).body).toContain('LOG_UNAVAILABLE');
    await rename(file('kept.db'), file('log.db'));
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(200);
    await finishRun(server, 'run_after-the-copy');
  });

  test('another process holds the write lock for a while: runs go on when it lets go', async () => {
    const other = new DatabaseSync(file('log.db'));
    other.exec('BEGIN IMMEDIATE');
    const begun = performance.now();
    const started = startRun(server, 'run_while-locked');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(performance.now() - begun, 'timing: until the answer').toBeLessThan(1000);
    setTimeout(() => {
      other.exec('ROLLBACK');
      other.close();
    }, 1200);
    const { status, body } = await started;
    if (status !== 200) expect(body).toContain('LOG_UNAVAILABLE');
    await expect
      .poll(async () => (await startRun(server, 'run_while-locked')).status, { timeout: 10_000 })
      .toBe(200);
    await expect.poll(() => statusOf(server, 'run_while-locked'), { timeout: 10_000 }).toBe('completed');
  });

  test('log.db becomes read-only to others: an open log goes on', async () => {
    await chmod(file('log.db'), 0o400);
    await finishRun(server, 'run_after-chmod');
    expect(await readiness(server)).toBe(200);
  });

  test('log.db-shm is deleted: made anew', async () => {
    await rm(file('log.db-shm'));
    await expect.poll(() => server.output(), { timeout: 5000 }).toMatch(/log\.db-shm was .* recreated/);
    await finishRun(server, 'run_after-the-shm');
  });

  test('log.db-wal is deleted while another program reads: not ready until that has gone, and nothing is lost', async () => {
    const reader = new DatabaseSync(file('log.db'), { readOnly: true });
    reader.prepare('SELECT 1 FROM runs').get();
    await rm(file('log.db-wal'));
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(503);
    expect((await startRun(server, 'run_with-a-reader')).body).toContain('LOG_UNAVAILABLE');
    expect(server.output()).toMatch(/while another program has the log open/);
    reader.close();
    await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(200);
    await finishRun(server, 'run_after-the-reader');
  });

  test('log.db-wal is deleted while nothing is asked of the server: made anew within two seconds', async () => {
    await finishRun(server, 'run_before-the-wal');
    const before = server.output().length;
    await rm(file('log.db-wal'));
    await expect
      .poll(() => server.output().slice(before), { timeout: 5000 })
      .toMatch(/log\.db-wal was .* recreated without loss of data/);
    await finishRun(server, 'run_after-the-wal');
  });

  test('after a kill all of it is there', async () => {
    const since = ['lock', 'garbage', 'move', 'copy', 'shm', 'reader', 'wal'];
    const runIds = [
      ...finishedRuns,
      ...since.map((name) => `run_after-the-${name}`),
      'run_while-locked',
      'run_after-chmod',
      'run_before-the-wal',
    ];
    expect(await statusesAfterKill(server, runIds)).toEqual(runIds.map((runId) => `${runId}: completed`));
  });
});

test('log.db-wal is cut off: said, nothing more is accepted, and the database is not damaged by it', async () => {
  await using dir = await killed.copy();
  await using server = await startServerProcess({ dataDir: dir.path });
  await finishRun(server, 'run_before-the-cut');
  await truncate(join(dir.path, 'log.db-wal'), 0);
  await expect.poll(() => readiness(server), { timeout: 5000 }).toBe(503);
  expect((await startRun(server, 'run_after-the-cut')).body).toContain('LOG_UNAVAILABLE');
  expect(server.output()).toMatch(/log\.db-wal was truncated .* restart the server/);
  expect(await server.stop('SIGTERM')).toBe(0);
  await using again = await startServerProcess({ dataDir: dir.path });
  for (const runId of finishedRuns) expect(await statusOf(again, runId)).toBe('completed');
  await finishRun(again, 'run_after-the-cut');
});
