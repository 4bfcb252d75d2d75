import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { command } from '../support/command-line.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { startServerProcess } from '../support/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

async function folderWithLog() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-check-'));
  const logPath = join(path, 'log.db');
  const log = createSqliteLog({ path: logPath, clock: systemClock });
  for (const number of [1, 2, 3]) {
    const run = createRunScript(runIdOf(number));
    await log.append(run.begin());
    await log.append(run.deltas(`text-${number}`));
    if (number !== 3) await log.append(run.complete());
  }
  await log.close();
  const check = (...args: string[]) => command(['check', ...args], { env: { STAGEWIRE_DATA_DIR: path } });
  return { path, logPath, check, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

test('a sound log is whole, and is left as it is', async () => {
  await using folder = await folderWithLog();
  const before = await readFile(folder.logPath);
  const checked = await folder.check();
  expect(checked).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/intact: 3 runs, 19 events/) as string,
  });
  expect(await readFile(folder.logPath)).toEqual(before);
});

test('a damaged run is named, and can be removed; a live one cannot', async () => {
  await using folder = await folderWithLog();
  const file = await readFile(folder.logPath);
  for (let at = file.indexOf('text-2'); at !== -1; at = file.indexOf('text-2', at + 1)) file[at] = 0x20;
  await writeFile(folder.logPath, file);

  const damaged = await folder.check();
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toContain(`${runIdOf(2)} cannot be read: the event with seq 5`);
  expect(await folder.check('--remove', runIdOf(3))).toMatchObject({ code: 1 });
  const removed = await folder.check('--remove', runIdOf(2));
  expect(removed).toMatchObject({ code: 0, stdout: expect.stringMatching(/intact: 2 runs/) as string });
});

test('nothing is checked while a server runs, nor where there is no log', async () => {
  await using folder = await folderWithLog();
  await using server = await startServerProcess({ dataDir: folder.path });
  const busy = await folder.check();
  expect(busy.code).toBe(1);
  expect(busy.stderr).toContain(server.url);
  await server.stop();
  await rm(folder.logPath);
  expect((await folder.check()).stderr).toMatch(/There is no log at/);
});
