import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript } from '../support/run-script.ts';

// The log has the texts of all users. Seen red with: a file that SQLite creates, with the mode of the process.

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-modes-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The permissions of the files of the log, while it is written. */
async function modesIn(folder: string, runId: string): Promise<readonly string[]> {
  const log = createSqliteLog({ path: join(folder, 'log.db'), clock: systemClock });
  try {
    await log.append(createRunScript(runId).begin());
    const files = ['log.db', 'log.db-wal', 'log.db-shm'].map((name) => stat(join(folder, name)));
    return (await Promise.all(files)).map(({ mode }) => (mode & 0o777).toString(8));
  } finally {
    await log.close();
  }
}

test.skipIf(process.platform === 'win32')('a new log is readable by its user only, its WAL too', async () => {
  await using folder = await makeFolder();
  expect(await modesIn(folder.path, 'run_00000001')).toEqual(['600', '600', '600']);
});

test.skipIf(process.platform === 'win32')(
  'a log that exists keeps its mode, which its WAL gets',
  async () => {
    await using folder = await makeFolder();
    await modesIn(folder.path, 'run_00000001');
    await chmod(join(folder.path, 'log.db'), 0o640);
    expect(await modesIn(folder.path, 'run_00000002')).toEqual(['640', '640', '640']);
  },
);
