import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { checkLog } from '../../server/log/check-log.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const runCount = 45;
const deleted = (index: number) => index % 3 === 1;
const marks = Array.from({ length: runCount }, (_, index) => `secret-${String(index).padStart(3, '0')}-end`);
const by = { actor: { id: 'ada', kind: 'user' }, at: '2026-02-03T04:05:06.007Z' } as const;

/** A log of runs whose events are interleaved, with texts that fit a page and texts that do not. */
async function writtenLog() {
  const directory = await mkdtemp(join(tmpdir(), 'stagewire-erased-'));
  const path = join(directory, 'log.db');
  const log = createSqliteLog({ path, clock: systemClock });
  const runs = marks.map((_, index) => createRunScript(runIdOf(index + 1)));
  for (const [index, run] of runs.entries()) {
    const mark = marks[index] ?? '';
    await log.append(run.begin({ task: `${mark} ${'a task '.repeat(20)}`, labels: { who: mark } }));
  }
  for (let round = 0; round < 100; round += 1) {
    const text = 'some text '.repeat(round % 20 === 0 ? 1000 : round % 9);
    await Promise.all(
      runs.map((run, index) => log.append(run.deltas(`${marks[index]} ${text} ${marks[index]}`))),
    );
  }
  for (const run of runs) await log.append(run.complete());
  return {
    path,
    log,
    runIds: runs.map(({ runId }) => runId),
    async [Symbol.asyncDispose]() {
      await log.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** Deletes and purges the second run while another program reads the file, so that copies stay. Returns the reader. */
async function deletedWhileRead({ path, log, runIds }: Awaited<ReturnType<typeof writtenLog>>) {
  const reader = new DatabaseSync(path, { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM events').get();
  await log.delete(runIds[1] ?? '', by);
  await log.purge();
  return reader;
}

/** How often the texts of these runs are in the files of the log. */
function copiesOf(path: string, isWanted: (index: number) => boolean): number {
  const files = [path, `${path}-wal`].filter((file) => existsSync(file));
  const bytes = files.map((file) => readFileSync(file, 'latin1')).join('');
  return marks
    .filter((_, index) => isWanted(index))
    .reduce((sum, mark) => sum + bytes.split(mark).length - 1, 0);
}

test('after a purge no byte of a deleted run is in the files, and every other run is intact', async () => {
  await using it = await writtenLog();
  const kept = copiesOf(it.path, (index) => !deleted(index));
  expect(copiesOf(it.path, deleted)).toBeGreaterThan(0);
  for (const [index, runId] of it.runIds.entries()) if (deleted(index)) await it.log.delete(runId, by);
  await it.log.purge();
  expect(copiesOf(it.path, deleted)).toBe(0);
  expect(copiesOf(it.path, (index) => !deleted(index))).toBeGreaterThan(kept / 4);
  for (const [index, runId] of it.runIds.entries()) {
    const entries = await it.log.read(runId, { after: 0, limit: 1000 });
    expect(entries).toHaveLength(deleted(index) ? 0 : 106);
  }
  await it.log.close();
  expect(checkLog(it.path)).toMatchObject({ runs: 30, fileProblems: [], runProblems: [] });
});

test('copies of a deleted run in pages that an earlier removal of others has freed are overwritten too', async () => {
  await using it = await writtenLog();
  // SQLite moves events of the other runs together and frees the pages that they were in.
  for (const [index, runId] of it.runIds.entries()) if (index % 3 !== 0) await it.log.remove(runId);
  for (const [index, runId] of it.runIds.entries()) if (index % 3 === 0) await it.log.delete(runId, by);
  await it.log.purge();
  expect(copiesOf(it.path, (index) => index % 3 === 0)).toBe(0);
});

test('what a crash has left of a deletion stays hidden, passes the check, and is erased by the next purge', async () => {
  await using it = await writtenLog();
  await it.log.close();
  const runId = it.runIds[1] ?? '';
  // As left by a process that was killed after the commit that hides the run.
  const database = new DatabaseSync(it.path);
  database.exec(`
    UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'events';
    INSERT INTO removed_runs (run_id, owner, actor, deleted_at, seq, place)
      VALUES ('${runId}', 'local', '${JSON.stringify(by.actor)}', '${by.at}', 107,
        (SELECT seq FROM sqlite_sequence WHERE name = 'events'));
    UPDATE runs SET run_id = 'removed/' || number, status = 'deleted', owner = '', queued_at = '', summary = '{}'
      WHERE run_id = '${runId}';`);
  database.close();
  expect(checkLog(it.path)).toMatchObject({ runs: 44, fileProblems: [], runProblems: [] });
  const again = createSqliteLog({ path: it.path, clock: systemClock });
  expect(await again.head(runId)).toEqual({
    status: 'removed',
    owner: 'local',
    deletion: { owner: 'local', ...by },
  });
  const all = await again.readAll({ after: 0, limit: 100_000 });
  expect(all.filter(({ event }) => event.runId === runId).map(({ event }) => event.type)).toEqual([
    'run.deleted',
  ]);
  expect(copiesOf(it.path, (index) => index === 1)).toBeGreaterThan(0);
  await again.purge();
  expect(copiesOf(it.path, (index) => index === 1)).toBe(0);
  await again.close();
});

test('copies that a kill has left in the write-ahead log after the last step are erased by the next start', async () => {
  await using it = await writtenLog();
  const reader = await deletedWhileRead(it);
  const killed = `${it.path}.killed`;
  for (const ending of ['', '-wal']) copyFileSync(`${it.path}${ending}`, `${killed}${ending}`);
  reader.close();
  expect(copiesOf(killed, (index) => index === 1)).toBeGreaterThan(0);
  const again = createSqliteLog({ path: killed, clock: systemClock });
  expect(copiesOf(killed, (index) => index === 1)).toBe(0);
  await again.close();
});

test('copies that could not be erased, since another program was reading, are erased by a later purge', async () => {
  await using it = await writtenLog();
  const reader = await deletedWhileRead(it);
  expect(copiesOf(it.path, (index) => index === 1)).toBeGreaterThan(0);
  reader.close();
  await it.log.purge();
  expect(copiesOf(it.path, (index) => index === 1)).toBe(0);
});

test('copies that could not be erased are erased as soon as the other program no longer reads, without another purge', async () => {
  await using it = await writtenLog();
  const reader = await deletedWhileRead(it);
  expect(copiesOf(it.path, (index) => index === 1)).toBeGreaterThan(0);
  reader.close();
  await expect.poll(() => copiesOf(it.path, (index) => index === 1), { timeout: 10_000 }).toBe(0);
});

test('a deleted run of 20,000 events is hidden at once, and purged in steps of which none is long', async () => {
  await using it = await writtenLog();
  const run = createRunScript(runIdOf(99));
  await it.log.append(run.begin());
  const text = 'x'.repeat(500);
  for (let page = 0; page < 20; page += 1) {
    await it.log.append(run.deltas(...Array.from({ length: 1000 }, () => text)));
  }
  await it.log.append(run.complete());
  await it.log.delete(run.runId, by);
  expect(await it.log.head(run.runId)).toMatchObject({ status: 'removed' });
  let turns = 0;
  let longestMs = 0;
  const state = { isPurged: false };
  const purged = it.log.purge().then(() => {
    state.isPurged = true;
  });
  for (let lastMs = performance.now(); !state.isPurged; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    longestMs = Math.max(longestMs, performance.now() - lastMs);
    lastMs = performance.now();
  }
  await purged;
  // One step per turn; the limit only tells steps from one transaction for the whole run, on a busy machine too.
  expect(turns).toBeGreaterThan(20_000 / 128);
  expect(longestMs, 'timing: the longest pause of the event loop').toBeLessThan(1000);
});
