import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { openDataDir } from '../../server/log/data-dir.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { accessPathOf } from '../../server/identity/keys/open-access-database.ts';
import { createSqliteCredentialStore } from '../../server/identity/keys/sqlite-credential-store.ts';
import { makeAccessKey } from '../support/make-access-key.ts';
import { createRunScript } from '../support/run-script.ts';

const run = promisify(execFile);

/** The commands of docs/OPERATIONS.md: what stands behind `node -e`, in order. */
const [backup, vacuum] = await commands();

test('the documented backup of a data directory that is in use is whole, and can be restored', async () => {
  await using folder = await makeFolder();
  const script = createRunScript('run_00000001');
  const dataDir = await openDataDir(join(folder.path, 'data'));
  const log = createSqliteLog({ path: dataDir.logPath, clock: systemClock });
  await log.append(script.begin());
  await log.append(script.deltas('one', 'two'));
  const key = await makeAccessKey(dataDir.path, { name: 'ada' });

  await run(process.execPath, ['-e', backup], { cwd: folder.path });
  const backupPath = join(folder.path, 'backup');
  for (const path of [backupPath, join(backupPath, 'log.db'), join(backupPath, 'access.db')]) {
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077).toBe(0);
  }
  await log.append(script.deltas('after the backup'));
  await makeAccessKey(dataDir.path, { name: 'after the backup' });
  await log.close();
  await dataDir.close();

  // As the document says.
  const aside = join(folder.path, 'aside');
  await mkdir(aside);
  const isDatabase = (name: string) => /^(?:log|access)\.db/.test(name);
  for (const name of (await readdir(dataDir.path)).filter(isDatabase))
    await rename(join(dataDir.path, name), join(aside, name));
  for (const name of ['log.db', 'access.db'])
    await copyFile(join(backupPath, name), join(dataDir.path, name));

  const reopened = await openDataDir(dataDir.path);
  await reopened.expectLog();
  const restored = createSqliteLog({ path: reopened.logPath, clock: systemClock });
  const entries = await restored.read(script.runId, { after: 0, limit: 99 });
  expect(entries.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  await restored.close();
  await reopened.close();
  const store = createSqliteCredentialStore(accessPathOf(dataDir.path));
  expect((await store.list()).map(({ id }) => id)).toEqual([key.id]);
  await store.close();
});

test('the documented backup of a directory without access keys is that of the log', async () => {
  await using folder = await makeFolder();
  const dataDir = await openDataDir(join(folder.path, 'data'));
  await createSqliteLog({ path: dataDir.logPath, clock: systemClock }).close();
  await run(process.execPath, ['-e', backup], { cwd: folder.path });
  expect(await readdir(join(folder.path, 'backup'))).toEqual(['log.db']);
  expect(await readdir(dataDir.path)).not.toContain('access.db');
  await dataDir.close();
});

test('the documented vacuum gives the space of removed runs back', async () => {
  await using folder = await makeFolder();
  const dataDir = await openDataDir(join(folder.path, 'data'));
  const log = createSqliteLog({ path: dataDir.logPath, clock: systemClock });
  const script = createRunScript('run_00000001');
  await log.append(script.begin());
  await log.append(script.deltas(...Array.from({ length: 5000 }, () => 'a word ')));
  await log.append(script.complete());
  await log.remove(script.runId);
  await log.close();
  await dataDir.close();

  const before = (await stat(dataDir.logPath)).size;
  await run(process.execPath, ['-e', vacuum], { cwd: folder.path });
  expect((await stat(dataDir.logPath)).size).toBeLessThan(before / 4);
});

async function commands(): Promise<readonly [string, string]> {
  const text = await readFile(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  const found = [...text.matchAll(/^npx node -e "(.*)"$/gm)].map((match) => match[1] ?? '');
  expect(found).toHaveLength(2);
  return [found[0] ?? '', found[1] ?? ''];
}

async function makeFolder() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-operations-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
