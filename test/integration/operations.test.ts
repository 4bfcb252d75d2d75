import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { openDataDir } from '../../server/log/data-dir.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript } from '../support/run-script.ts';

const run = promisify(execFile);

/** The commands of docs/OPERATIONS.md: what stands behind `node -e`, in order. */
const [backup, vacuum] = await commands();

test('the documented backup of a log that is being written is whole, and can be restored', async () => {
  await using folder = await makeFolder();
  const script = createRunScript('run_00000001');
  const dataDir = await openDataDir(join(folder.path, 'data'));
  const log = createSqliteLog({ path: dataDir.logPath, clock: systemClock });
  await log.append(script.begin());
  await log.append(script.deltas('one', 'two'));

  await run(process.execPath, ['-e', backup], { cwd: folder.path });
  await log.append(script.deltas('after the backup'));
  await log.close();
  await dataDir.close();

  const restored = createSqliteLog({ path: join(folder.path, 'backup.db'), clock: systemClock });
  const entries = await restored.read(script.runId, { after: 0, limit: 99 });
  expect(entries.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  await restored.close();
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
