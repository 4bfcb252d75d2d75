import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { openDataDir } from '../../server/log/data-dir.ts';
import { openDatabase } from '../../server/log/open-database.ts';
import { serverLockPath, takeServerLock } from '../../server/log/server-lock.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-lock-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** As `isServerLocked` does, for so long as nobody could in earnest. */
const look = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(workerData.path, { readOnly: true });
  database.exec('BEGIN');
  database.prepare('SELECT 1 FROM sqlite_schema').get();
  parentPort.postMessage('looking');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  database.exec('COMMIT');
  database.close();
`;

// The CLI asks whether a server lives by a shared lock: a server that started in that moment was told that another one has its folder.
test('a server starts although somebody looks just then whether one lives', async () => {
  const path = await folder();
  takeServerLock(path).close();
  const worker = new Worker(look, { eval: true, workerData: { path: serverLockPath(path) } });
  const exited = once(worker, 'exit');
  await once(worker, 'message');
  const dataDir = await openDataDir(path);
  expect(dataDir.lockFile.fault()).toBeUndefined();
  await dataDir.close();
  await exited;
});

test('a start is refused soon while another server lives', async () => {
  const path = await folder();
  const first = await openDataDir(path);
  await expect(openDataDir(path)).rejects.toMatchObject({ code: 'IN_USE' });
  await first.close();
});

// `wal_checkpoint(NOOP)` is a checkpoint to an earlier SQLite: where the write-ahead log was cut off it fills the log with zeros.
test.each(['3.50.4', '3.7.17', '2.8.17'])(
  'a Node.js with SQLite %s is refused in a sentence',
  async (sqliteVersion) => {
    const path = join(await folder(), 'log.db');
    expect(() => openDatabase({ path, synchronous: 'normal', sqliteVersion })).toThrow(
      `includes SQLite ${sqliteVersion}, but the log needs 3.51 or later. Use a later version of Node.js.`,
    );
  },
);

test.each(['3.51.0', '3.53.4', '4.0.0'])('SQLite %s will do', async (sqliteVersion) => {
  const path = join(await folder(), 'log.db');
  const database = openDatabase({ path, synchronous: 'normal', sqliteVersion });
  expect(database.isOpen).toBe(true);
  database.close();
});
