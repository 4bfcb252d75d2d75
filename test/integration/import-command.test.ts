import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { formatCursor } from '@stagewire/shared';
import { expect, test, vi } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { command, startCommand } from '../support/command-line.ts';
import { openFollowSocket } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { readLogs, startNodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, queuedBody, runIdOf, type RunScript } from '../support/run-script.ts';
import { textOf } from '../support/source-tree.ts';
import { startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

// `stagewire import` copies a log on disk into the database of several nodes.
// Seen red with: a run that is published without its last events; epoch 1 for all events; a run with the same id that is taken
// for the same run.

vi.setConfig({ testTimeout: 60_000 });

const actor = { id: 'ada', kind: 'user' } as const;
/** Without pauses. */
const models = { default: 'rehearsal/ttft=0,tps=0,chars=200' };
const deletedId = runIdOf(900);
const removedId = runIdOf(901);
const liveId = runIdOf(902);
const queuedId = runIdOf(903);

/** A data directory with runs of several kinds. */
async function writeLog(options: { readonly runs: number; readonly deltas: number }) {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-import-'));
  const logPath = join(path, 'log.db');
  const log = createSqliteLog({ path: logPath, clock: systemClock });
  const add = async (number: number, work: (run: RunScript) => Promise<void>) => {
    const run = createRunScript(runIdOf(number), { startMs: Date.now() - 5000 + number });
    await work(run);
    return run;
  };
  for (let number = 0; number < options.runs; number += 1) {
    await add(number, async (run) => {
      // NUL and half a surrogate pair, which PostgreSQL cannot hold as such.
      const labels = { team: number % 2 === 0 ? 'a\u0000b' : '\ud800' };
      await log.append(
        run.begin({ owner: number % 3 === 0 ? 'ada' : 'local', labels, task: `Write ${number}` }),
      );
      await log.append(run.deltas(...Array.from({ length: options.deltas }, (_, at) => `text ${at} `)));
      if (number % 2 === 0) await log.append(run.recover());
      await log.append(run.complete());
    });
  }
  for (const number of [900, 901]) {
    await add(number, async (run) => {
      await log.append(run.begin());
      await log.append(run.complete());
    });
  }
  await log.delete(deletedId, { actor, at: '2026-01-02T03:04:05.678Z' });
  await log.remove(removedId);
  const live = await add(902, async (run) => {
    await log.append(run.begin({ models }));
    await log.append(run.deltas('one ', 'two '));
  });
  await add(903, async (run) => log.append(run.next(queuedBody({ models }))));
  const ids = Array.from({ length: options.runs }, (_, number) => runIdOf(number));
  const logs = new Map(
    await Promise.all([...ids, liveId].map(async (id) => [id, await all(log, id)] as const)),
  );
  await log.close();
  return {
    path,
    logPath,
    ids,
    logs,
    live,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function all(log: EventLog, runId: string) {
  const entries = await log.read(runId, { after: 0, limit: 1_000_000 });
  return entries.map(({ epoch, event }) => ({ epoch, event }));
}

describePostgres((database) => {
  const importing = (schema: string) => ({
    env: { STAGEWIRE_DATABASE_URL: database.url, STAGEWIRE_DATABASE_SCHEMA: schema },
  });
  const stored = async (schema: string, runIds: readonly string[]) => {
    const logs = await readLogs({ database, schema }, runIds);
    return new Map(
      [...logs].map(([runId, entries]) => [runId, entries.map(({ epoch, event }) => ({ epoch, event }))]),
    );
  };
  const query = async (text: string) => {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };

  test('an import that is killed is completed by the same command, and its runs continue on a node', async () => {
    const schema = database.nextSchema();
    await using folder = await writeLog({ runs: 60, deltas: 200 });
    await using killed = startCommand(['import', folder.path], importing(schema));
    const count = () =>
      query(`SELECT count(*)::integer AS runs FROM ${schema}.runs`).then(
        ([row]) => Number(row?.['runs']),
        () => 0,
      );
    await until(async () => (await count()) > 5, 'some runs to be imported', { timeoutMs: 30_000 });
    killed.signal('SIGKILL');
    await killed.ended;
    const before = await count();
    expect(before, 'timing: events before the kill').toBeLessThan(60);
    // What is there is whole.
    const there = await query(`SELECT run_id FROM ${schema}.runs`);
    const part = await stored(
      schema,
      there.map((row) => String(row['run_id'])),
    );
    for (const [runId, entries] of part)
      if (runId !== queuedId) expect(entries).toEqual(folder.logs.get(runId));

    const resumed = await command(['import', folder.path, '--json'], importing(schema));
    expect(resumed).toMatchObject({ code: 0 });
    expect(JSON.parse(resumed.stdout)).toMatchObject({
      runs: 62,
      present: before,
      imported: 62 - before,
      tombstones: 2,
      counters: 2,
      live: 2,
    });
    expect(await stored(schema, [...folder.logs.keys()])).toEqual(folder.logs);

    await using node = await startNodeProcess({ database, schema, name: 'a' });
    await using socket = await openFollowSocket(node.port);
    // A cursor from before is still good.
    const seq = folder.live.seq - 1;
    const ledger = createLedger(liveId, { from: { seq, cursor: formatCursor(liveId, { epoch: 1, seq }) } });
    await socket.follow(ledger);
    expect(ledger.breaches).toEqual([]);
    expect(ledger.terminal?.type).toBe('run.completed');
    const types = ledger.normalForm().map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['stage.delta', 'run.recovered']);
    const queued = createLedger(queuedId);
    await socket.follow(queued);
    expect(queued.terminal?.type).toBe('run.completed');

    // Its labels and owners are found, its tombstones answer, and a third import changes nothing.
    const listed = await socket.call<{ items: readonly unknown[] }>('query', 'runs.list', {
      labels: { team: 'a\u0000b' },
      limit: 100,
    });
    expect(listed.items).toHaveLength(20);
    await expect(socket.call('query', 'runs.get', { runId: deletedId })).rejects.toMatchObject({
      code: 'RUN_EXPIRED',
    });
    await expect(socket.call('query', 'runs.get', { runId: removedId })).rejects.toMatchObject({
      code: 'RUN_EXPIRED',
    });
    const again = await command(['import', folder.path, '--json'], importing(schema));
    expect(JSON.parse(again.stdout)).toMatchObject({ present: 62, imported: 0, tombstones: 2 });
  });

  test('the command of OPERATIONS.md prints what is printed there', async () => {
    const heading = 'Move a log into the database';
    const document = textOf('docs/OPERATIONS.md');
    const [, variable, words = ''] =
      /^(\w+)=\S+ npx stagewire (.*) \.\/data\n$/.exec(codeBlockBelow(document, heading, 'sh')) ?? [];
    expect(variable).toBe('STAGEWIRE_DATABASE_URL');
    await using folder = await writeLog({ runs: 2, deltas: 3 });
    const done = await command([...words.split(' '), folder.path], importing(database.nextSchema()));
    const shape = (text: string) =>
      text
        .replaceAll(folder.path, './data')
        .replaceAll(/schema \w+/g, 'schema')
        .replaceAll(/\d[\d,]*/g, 'N');
    expect(shape(done.stdout)).toBe(shape(codeBlockBelow(document, heading, '')));
  });

  test('nothing is imported from a folder in use, a damaged log, or over another run', async () => {
    const schema = database.nextSchema();
    await using folder = await writeLog({ runs: 3, deltas: 5 });
    await using other = await writeLog({ runs: 3, deltas: 6 });
    const count = () => query(`SELECT run_id FROM ${schema}.runs`).then((rows) => rows.length);

    const nowhere = await command(['import', folder.path], { env: {} });
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Set STAGEWIRE_DATABASE_URL') as string,
    });
    const empty = await command(['import', join(folder.path, 'none')], importing(schema));
    expect(empty.stderr).toMatch(/There is no log at .*none/);

    const server = await startServerProcess({ dataDir: folder.path });
    const busy = await command(['import', folder.path], importing(schema));
    expect(busy.code).toBe(1);
    expect(busy.stderr).toContain(server.url);
    await server[Symbol.asyncDispose]();

    const whole = await readFile(other.logPath);
    const damaged = Buffer.from(whole);
    for (let at = damaged.indexOf('text 2'); at !== -1; at = damaged.indexOf('text 2', at + 1))
      damaged[at] = 0x20;
    await writeFile(other.logPath, damaged);
    const unread = await command(['import', other.path], importing(schema));
    expect(unread.code).toBe(1);
    expect(unread.stderr).toMatch(/is damaged, so nothing was imported: run run_\d+ cannot be read.*check/s);
    await writeFile(other.logPath, whole);

    expect(await command(['import', other.path], importing(schema))).toMatchObject({ code: 0 });
    const before = await count();
    const conflict = await command(['import', folder.path], importing(schema));
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toMatch(/Run run_\d+ is in the database already, with other events/);
    expect(await count()).toBe(before);
  });
});
