import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import type { GlobalMark } from '../../server/log/incarnations.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// A log in SQLite loses events only between two processes: its file is replaced by a backup, or the machine loses power.

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'stagewire-forks-'));
  return {
    log: join(path, 'log.db'),
    backup: join(path, 'backup.db'),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

const openLog = (path: string) => createSqliteLog({ path, clock: systemClock });

async function markOf(log: EventLog): Promise<GlobalMark> {
  const globalPosition = await log.lastGlobalPosition();
  return { globalPosition, incarnation: log.incarnationAt(globalPosition) };
}

test('positions that a restored backup does not have stay lost, backup after backup', async () => {
  using files = folder();
  const kept: GlobalMark[] = [];
  const lost: GlobalMark[] = [];
  for (let round = 0; round < 3; round += 1) {
    let log = openLog(files.log);
    await log.append(createRunScript(runIdOf(10 * round + 1)).begin());
    kept.push(await markOf(log));
    await log.close();
    copyFileSync(files.log, files.backup);

    log = openLog(files.log);
    // Nothing is lost by a start alone, and it changes no cursor.
    for (const mark of kept) expect(await log.reaches(mark)).toBe(true);
    expect(await markOf(log)).toEqual(kept.at(-1));
    const run = createRunScript(runIdOf(10 * round + 2));
    await log.append(run.begin());
    await log.append(run.deltas('a', 'b'));
    lost.push(await markOf(log));
    await log.close();
    copyFileSync(files.backup, files.log);

    log = openLog(files.log);
    for (const mark of kept) expect(await log.reaches(mark)).toBe(true);
    for (const mark of lost) expect(await log.reaches(mark)).toBe(false);
    const other = createRunScript(runIdOf(10 * round + 3));
    await log.append(other.begin());
    await log.append(other.deltas('x', 'y', 'z'));
    // The positions are assigned again.
    expect((await markOf(log)).globalPosition).toBeGreaterThan(lost.at(-1)?.globalPosition ?? Infinity);
    for (const mark of lost) expect(await log.reaches(mark)).toBe(false);
    await log.close();
  }
});

test('starts without an event, and appends that are rejected, add no row for each', async () => {
  using files = folder();
  for (let start = 0; start < 5; start += 1) {
    const log = openLog(files.log);
    if (start === 0) await log.append(createRunScript(runIdOf(1)).begin());
    await expect(log.append(createRunScript(runIdOf(1)).begin())).rejects.toMatchObject({
      name: 'LogConflict',
    });
    await log.close();
  }
  const database = new DatabaseSync(files.log);
  const rows = database.prepare('SELECT forked_after FROM incarnations').all();
  database.close();
  expect(rows.map((row) => row['forked_after'])).toEqual([0, 4]);
});

test('positions of a log of an earlier version are of incarnation 0, as cursors without one', async () => {
  using files = folder();
  let log = openLog(files.log);
  await log.append(createRunScript(runIdOf(1)).begin());
  await log.close();
  const database = new DatabaseSync(files.log);
  database.exec('DROP TABLE incarnations; PRAGMA user_version = 3');
  database.close();
  log = openLog(files.log);
  await log.append(createRunScript(runIdOf(2)).begin());
  expect(await log.reaches({ incarnation: 0, globalPosition: 4 })).toBe(true);
  expect(await log.reaches({ incarnation: 0, globalPosition: 5 })).toBe(false);
  expect(await log.reaches({ incarnation: log.incarnationAt(5), globalPosition: 5 })).toBe(true);
  await log.close();
});
