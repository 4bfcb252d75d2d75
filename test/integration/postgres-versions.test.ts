import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { RunState, Receipt } from '@stagewire/shared';
import pg from 'pg';
import { expect, test } from 'vitest';
import { channelName } from '../../server/log/postgres/lock-key.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { DatabaseUnusable } from '../../server/log/postgres/database-unusable.ts';
import { version } from '../../server/process/version.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { openFollowSocket } from '../support/follow-socket.ts';
import { incompatibleBuild, nextBuild } from '../support/next-version.ts';
import { expectWhole, followAll, startAt } from '../support/node-crowd.ts';
import { startNodeProcess } from '../support/node-processes.ts';
import { openPatientNode } from '../support/patient-node.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { spawnServer } from '../support/server-process.ts';
import { until } from '../support/until.ts';

// Nodes of two versions share one database during an upgrade: the later one has one more migration.
// Seen red with: `SELECT *` in `append_1`; a relayed command that is not checked; a notification whose listener throws.

const nextMain = 'test/support/serve-next-version.ts';
/** The runs outlast the tests: they are cut off by a drain, and cancelled at the end. */
const env = { STAGEWIRE_DRAIN_MS: '2500', STAGEWIRE_LEASE_MS: '5000' };
const model = 'rehearsal/ttft=30,tps=40,chars=100000';

describePostgres((database) => {
  const query = async (text: string, values: readonly unknown[] = []) => {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };

  test('nodes of two versions serve, command and hand over the runs of each other', async () => {
    const schema = database.nextSchema();
    await using stack = new AsyncDisposableStack();
    const start = async (name: string, more: { port?: number; main?: string } = {}) =>
      stack.use(await startNodeProcess({ database, schema, name, env, ...more }));
    const older = await start('older');
    const ofOlder = await Promise.all([1, 2, 3].map(() => startAt(older.port, model)));
    const early = followAll(ofOlder, [older.port]);
    await until(() => early.every(({ ledger }) => ledger.seq > 5), 'the runs of the older version to write');
    // Its migration runs while the older one appends.
    const newer = await start('newer', { main: nextMain });
    const versions = await query(`SELECT version FROM ${schema}.nodes ORDER BY started_at`);
    expect(versions).toEqual([{ version }, { version: nextBuild.version }]);
    const ofNewer = await Promise.all([1, 2, 3].map(() => startAt(newer.port, model)));
    const late = followAll([...ofOlder, ...ofNewer], [newer.port, older.port]);
    await until(() => late.every(({ ledger }) => ledger.seq > 5), 'all runs to write');
    for (const [at, runId] of [
      [newer, ofOlder[0]],
      [older, ofNewer[0]],
    ] as const) {
      await using socket = await openFollowSocket(at.port);
      const steer = { runId, commandId: randomUUID(), text: 'Be brief', mode: 'restart', expect: 'any' };
      const receipt = await socket.call<Receipt>('mutation', 'runs.steer', steer);
      expect(receipt.commandId).toBe(steer.commandId);
    }
    // The older node is upgraded: its runs continue on the newer one.
    older.server.child.kill('SIGTERM');
    await once(older.server.child, 'exit');
    expect(older.server.child.exitCode).toBe(0);
    // An older version starts on the schema that the newer one has changed, and takes runs of it over.
    await start('older-again', { port: older.port });
    newer.server.child.kill('SIGTERM');
    await once(newer.server.child, 'exit');
    expect(newer.server.child.exitCode).toBe(0);
    const again = await start('newer-again', { port: newer.port, main: nextMain });
    await using socket = await openFollowSocket(again.port);
    for (const runId of [...ofOlder, ...ofNewer]) {
      await socket.call<Receipt>('mutation', 'runs.cancel', {
        runId,
        commandId: randomUUID(),
        target: 'run',
      });
    }
    const logs = await expectWhole({ database, schema }, [...early, ...late]);
    const moves = [...ofOlder, ...ofNewer].map((runId) => {
      const events = logs.get(runId)?.map(({ event }) => event) ?? [];
      expect(events.at(-1)?.type).toBe('run.cancelled');
      return events.filter(({ type }) => type === 'run.recovered').length;
    });
    // One for each node that was ended.
    expect(moves).toEqual([2, 2, 2, 1, 1, 1]);
    const commands = [...logs.values()].flat().filter(({ event }) => event.type === 'command.applied');
    expect(commands).toHaveLength(2 + 6);
  }, 60_000);

  test('a node that is too old for the schema does not start, and prints why in one sentence', async () => {
    const schema = database.nextSchema();
    const options = { clock: systemClock, random: () => 0.5, nodeId: 'n', url: database.url, schema };
    const later = await openDatabase({ ...options, migrations: incompatibleBuild.migrations });
    await later.close();
    // One that knows the schema of the database starts.
    const same = await openDatabase({ ...options, migrations: nextBuild.migrations }).catch(
      (error: unknown) => error,
    );
    if (same instanceof Error) throw same;
    await (same as typeof later).close();
    const { child, output } = spawnServer({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATABASE_URL: database.url,
      STAGEWIRE_DATABASE_SCHEMA: schema,
    });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    expect(output()).toMatch(
      /^The database of STAGEWIRE_DATABASE_URL was upgraded: [^\n]+\. Install a later version of Stagewire\.\n$/,
    );
  });

  test('a migration does not make appends wait behind the lock of a backup', async () => {
    const schema = database.nextSchema();
    const port = Number(new URL(database.url).port || 5432);
    await using node = await openPatientNode({ url: database.url, port, schema });
    const run = createRunScript(runIdOf(1));
    await node.log.append(run.begin());
    const backup = new pg.Client(database.url);
    await backup.connect();
    await backup.query(`BEGIN; LOCK TABLE ${schema}.runs IN ACCESS SHARE MODE`);
    const upgrade = openDatabase({
      clock: systemClock,
      random: () => 0.5,
      nodeId: 'later',
      url: database.url,
      schema,
      startWaitMs: 100,
      migrations: nextBuild.migrations,
    });
    const problem = upgrade.then(
      () => 'none',
      (error: unknown) => (error instanceof DatabaseUnusable ? error.message : String(error)),
    );
    await until(
      async () =>
        (
          await query(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'ALTER TABLE'",
          )
        ).length > 0,
      'the migration to wait for the table',
    );
    await node.log.append(run.deltas('while the migration waits'));
    expect(await problem).toMatch(/cannot be upgraded, since another session has locked a table .*\.$/);
    await backup.end();
  });

  test('what a later version writes, sends and asks does not disturb a node of this one', async () => {
    const schema = database.nextSchema();
    const port = Number(new URL(database.url).port || 5432);
    await using older = await startNodeProcess({ database, schema, name: 'older', env });
    await using later = await openPatientNode({ url: database.url, port, schema });
    const { log, cluster } = later;
    await cluster.ownership.renew();
    // A run with events that this version does not know, alone and among others.
    const run = createRunScript(runIdOf(1));
    const imagined = { type: 'stage.imagined', stage: 1, wings: 2 } as unknown as Parameters<
      typeof run.next
    >[0];
    await log.append(run.begin());
    const crowd = followAll([run.runId], [older.port]);
    await log.append(run.next(imagined));
    const deltas = run.deltas('some text');
    await log.append(deltas);
    await log.append(run.next(imagined, imagined));
    await until(
      () => crowd.every(({ ledger }) => ledger.seq === run.seq),
      'the subscriber to have the events',
    );
    // Notifications of kinds and forms that it does not know.
    const [{ cluster_id: id } = {}] = await query(`SELECT cluster_id FROM ${schema}.meta`);
    const channel = channelName(`${schema}/${String(id)}`);
    const heartbeat = {
      runId: run.runId,
      heartbeat: { type: 'run.imagined', phase: 'dreaming', elapsedMs: 1 },
    };
    const messages = [
      'z later 1 2\n{}',
      'h later\nno json',
      `h later\n${JSON.stringify([heartbeat])}`,
      'e later 100000 1 more words\nno number and no json',
      'e later',
      'p later',
      's later',
      'n later',
      'q',
      'c older',
      'a',
      ' ',
    ];
    for (const message of messages) await query('SELECT pg_notify($1, $2)', [channel, message]);
    // It takes the run over, although it does not know all of its events.
    await cluster.ownership.release([run.runId]);
    await Promise.all(crowd.map(({ ended }) => ended));
    const entries = await log.read(run.runId, { after: 0, limit: 1000 });
    expect(entries.at(-1)?.event.type).toMatch(/^run\.(completed|failed)$/);
    expect(entries.filter(({ event }) => (event.type as string) === 'stage.imagined')).toHaveLength(3);
    expect(crowd.flatMap(({ ledger }) => ledger.breaches)).toEqual([]);
    await using socket = await openFollowSocket(older.port);
    const state = await socket.call<RunState>('query', 'runs.get', { runId: run.runId });
    expect(state.seq).toBe(entries.at(-1)?.event.seq);
    // Commands of kinds and with fields that it does not know: rejected as retryable, and the run continues.
    const live = await startAt(older.port, 'rehearsal/ttft=0,tps=200,chars=400,fault=architect.stall@50x1');
    const ask = { runId: live, commandId: randomUUID() };
    const bodies = [
      { ...ask, kind: 'imagine', wings: 2 },
      { ...ask, kind: 'cancel', target: 'run', politely: true },
      { ...ask, kind: 'cancel', target: 'universe' },
    ].map((body) => JSON.stringify(body));
    const ids: unknown[] = [];
    for (const body of [...bodies, 'no json']) {
      const [row] = await query(
        `INSERT INTO ${schema}.commands (run_id, from_node, command, principal) VALUES ($1, 'later', $2, $3) RETURNING id`,
        [live, body, JSON.stringify({ kind: 'dragon' })],
      );
      ids.push(row?.['id']);
    }
    const answers = async () =>
      (
        await query(`SELECT answer FROM ${schema}.commands WHERE answer IS NOT NULL AND id = ANY ($1)`, [ids])
      ).map(({ answer }) => JSON.parse(String(answer)) as unknown);
    await until(async () => (await answers()).length === ids.length, 'all commands to be answered', {
      timeoutMs: 10_000,
    });
    for (const answer of await answers())
      expect(answer).toMatchObject({ error: { code: 'EXECUTOR_UNREACHABLE' } });
    const cancel = { runId: live, commandId: randomUUID(), target: 'run' };
    expect(await socket.call<Receipt>('mutation', 'runs.cancel', cancel)).toMatchObject({
      commandId: cancel.commandId,
    });
    expect(older.server.child.exitCode).toBe(null);
  }, 60_000);
});
