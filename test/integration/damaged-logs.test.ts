import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { checkLog } from '../../server/log/check-log.ts';
import { LogConflict, LogUnavailable, RunUnreadable } from '../../server/log/event-log.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import type { Logger } from '../../server/runtime/logger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

/** A closed log of five runs, the odd ones live, each with a text that tells it from the others. */
async function writtenLog() {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-damage-'));
  const path = join(folder, 'log.db');
  const log = createSqliteLog({ path, clock: systemClock });
  for (const number of [1, 2, 3, 4, 5]) {
    const run = createRunScript(runIdOf(number));
    await log.append(run.begin({ task: `the task of run ${number}` }));
    await log.append(run.deltas(`text-${number}-a `, `text-${number}-b `));
    if (number % 2 === 0) await log.append(run.complete());
  }
  await log.close();
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Changes one bit at `index` of a text, in the page that is read and in the old copies that the file may hold of it. */
function flipBit(whole: Buffer, text: string, { index = 0, bit = 1 } = {}): Buffer {
  const damaged = Buffer.from(whole);
  for (let at = whole.indexOf(text); at !== -1; at = whole.indexOf(text, at + 1)) {
    damaged[at + index] = (damaged[at + index] ?? 0) ^ (1 << bit);
  }
  expect(damaged.equals(whole)).toBe(false);
  return damaged;
}

async function damage(path: string, text: string): Promise<void> {
  await writeFile(path, flipBit(await readFile(path), text));
}

const all = { after: 0, limit: 99 };

describe('one changed bit in an event', () => {
  test('sets its run aside, and no other', async () => {
    await using written = await writtenLog();
    await damage(written.path, 'text-3-b');
    const log = createSqliteLog({ path: written.path, clock: systemClock });

    await expect(log.read(runIdOf(3), all)).rejects.toThrow(RunUnreadable);
    await expect(log.read(runIdOf(3), all)).rejects.toThrow(/seq 6 .*checksum/);
    expect(await log.head(runIdOf(3))).toMatchObject({ status: 'unreadable', owner: 'local' });
    for (const number of [1, 2, 4, 5]) expect(await log.read(runIdOf(number), all)).not.toEqual([]);
    const [summary] = await log.list({ runId: runIdOf(3), limit: 1 });
    expect(summary).toMatchObject({
      status: 'unreadable',
      task: 'the task of run 3',
      problem: expect.stringContaining('checksum') as unknown,
    });
    expect(await log.liveRuns()).toEqual([runIdOf(1), runIdOf(5)]);
    expect((await log.endedRuns({ limit: 9 })).map(({ runId }) => runId)).toEqual([runIdOf(2), runIdOf(4)]);
    await log.close();

    const again = createSqliteLog({ path: written.path, clock: systemClock });
    expect(await again.head(runIdOf(3))).toMatchObject({ status: 'unreadable' });
    await again.close();
  });

  test('is left out of the feed, which goes on', async () => {
    await using written = await writtenLog();
    await damage(written.path, 'text-3-b');
    const log = createSqliteLog({ path: written.path, clock: systemClock });
    const whole = await log.readAll(all);
    expect(whole.filter(({ event }) => event.runId === runIdOf(3))).toHaveLength(5);
    expect(new Set(whole.map(({ event }) => event.runId))).toContain(runIdOf(5));
    expect(await log.head(runIdOf(3))).toMatchObject({ status: 'unreadable' });
    await log.close();
  });

  test('ends the appends of its owner and wakes those who watch', async () => {
    await using written = await writtenLog();
    await damage(written.path, 'text-3-b');
    const log = createSqliteLog({ path: written.path, clock: systemClock });
    const woken: number[] = [];
    log.watch(runIdOf(3), (entries) => woken.push(entries.length));
    await expect(log.at(runIdOf(3), 6)).rejects.toThrow(RunUnreadable);
    expect(woken).toEqual([0]);
    const run = createRunScript(runIdOf(3));
    run.begin();
    run.deltas('a', 'b');
    await expect(log.append(run.deltas('more'))).rejects.toThrow(LogConflict);
    await log.close();
  });

  test('is found wherever it is, in 200 random places', async () => {
    await using written = await writtenLog();
    const whole = await readFile(written.path);
    const database = new DatabaseSync(written.path, { readOnly: true });
    const texts = database.prepare('SELECT event FROM events').all();
    database.close();
    for (let round = 0; round < 200; round += 1) {
      const text = String(texts[round % texts.length]?.['event']);
      const index = (round * 7919) % Buffer.byteLength(text);
      await writeFile(written.path, flipBit(whole, text, { index, bit: round % 8 }));
      const report = checkLog(written.path);
      expect(report.runProblems, `round ${round}`).toHaveLength(1);
    }
  }, 60_000);
});

describe('a damaged index of runs', () => {
  test('a changed summary sets its run aside and is filled from what can be read', async () => {
    await using written = await writtenLog();
    const database = new DatabaseSync(written.path);
    database.prepare('UPDATE runs SET summary = ? WHERE run_id = ?').run('{"runId": not JSON', runIdOf(2));
    database.close();
    const log = createSqliteLog({ path: written.path, clock: systemClock });
    const listed = await log.list({ limit: 9 });
    expect(listed.map(({ status }) => status)).toContain('unreadable');
    expect(listed.find(({ runId }) => runId === runIdOf(2))).toMatchObject({ task: '', owner: 'local' });
    expect(await log.list({ limit: 9, labels: { a: 'b' } })).toEqual([]);
    expect(await log.head(runIdOf(2))).toMatchObject({ status: 'unreadable' });
    await log.close();
  });

  test('events that are gone are missed', async () => {
    await using written = await writtenLog();
    const database = new DatabaseSync(written.path);
    const ofRun = '(SELECT number FROM runs WHERE run_id = ?)';
    database.prepare(`DELETE FROM events WHERE run = ${ofRun} AND seq = 3`).run(runIdOf(1));
    database.prepare(`DELETE FROM events WHERE run = ${ofRun} AND seq = 8`).run(runIdOf(2));
    database.close();
    expect(checkLog(written.path).runProblems).toEqual([
      { runId: runIdOf(1), problem: 'the event with seq 3 is missing' },
      { runId: runIdOf(2), problem: 'its last events are missing' },
    ]);
    const log = createSqliteLog({ path: written.path, clock: systemClock });
    await expect(log.read(runIdOf(1), all)).rejects.toThrow(/seq 3 is missing/);
    await log.close();
  });
});

test('a log of version 1 is read, gets the new columns, and its new events get checksums', async () => {
  await using written = await writtenLog();
  const database = new DatabaseSync(written.path);
  database.exec(`
    ALTER TABLE runs DROP COLUMN checksum;
    ALTER TABLE runs DROP COLUMN problem;
    ALTER TABLE runs DROP COLUMN bytes;
    ALTER TABLE events DROP COLUMN checksum;
    ALTER TABLE runs DROP COLUMN searched;
    DROP INDEX deletions;
    DROP TABLE removed_runs;
    DROP TABLE incarnations;
    CREATE TABLE removed_runs (run_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    PRAGMA user_version = 1;`);
  database.close();

  const log = createSqliteLog({ path: written.path, clock: systemClock });
  const run = createRunScript(runIdOf(1));
  run.begin();
  run.deltas('a', 'b');
  await log.append(run.deltas('new'));
  expect(await log.read(runIdOf(1), all)).toHaveLength(7);
  await log.close();
  expect(checkLog(written.path)).toMatchObject({ runs: 5, withoutChecksum: 34, runProblems: [] });
});

describe('a file that is not in its place any more', () => {
  test('is noticed within a second, said once, and used again when it is back', async () => {
    await using written = await writtenLog();
    const clock = createFakeClock();
    const said: string[] = [];
    const note = (_fields: unknown, message: string) => void said.push(message);
    const logger: Logger = { info: note, warn: note, error: note };
    const log = createSqliteLog({ path: written.path, clock, logger });
    const append = async (number: number) => {
      const appended = log.append(createRunScript(runIdOf(number)).begin());
      appended.catch(() => undefined);
      await clock.runTurns();
      return await appended;
    };

    await append(11);
    await rename(written.path, `${written.path}.moved`);
    await clock.advance(1000);
    await expect(append(12)).rejects.toThrow(/was deleted while the server runs/);
    await expect(append(13)).rejects.toThrow(LogUnavailable);
    await writeFile(written.path, 'another');
    await expect(log.probe()).rejects.toThrow(/was replaced/);
    await rename(`${written.path}.moved`, written.path);
    await append(14);
    expect(said).toEqual([
      'the event log cannot be written; runs wait until it can',
      'the event log can be written again',
    ]);
    expect((await stat(written.path)).size).toBeGreaterThan(0);
    await log.close();
  });
});
