import pg from 'pg';
import { expect, test } from 'vitest';
import type { GlobalEntry } from '../../server/log/event-log.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { openPatientNode } from '../support/patient-node.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** What a node's log does when the network or the engine fails. */
describePostgres(
  (database) => {
    const enginePort = () => database.engine?.port ?? 0;

    const open = (options: { port: number; schema: string; patienceMs?: number }) =>
      openPatientNode({ url: database.url, ...options });

    const sessionsOf = async (name: string) => {
      const client = new pg.Client(database.url);
      await client.connect();
      const { rows } = await client.query<{ count: string }>(
        'SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE $1',
        [`stagewire ${name}%`],
      );
      await client.end();
      return Number(rows[0]?.count);
    };

    test('a node that is cut off for longer than the patience says so, and what it says is true', async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      await using it = await open({ port: proxy.port, schema, patienceMs: 300 });
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      proxy.target(1);
      proxy.reset();
      const append = run.deltas('a');
      await expect(it.log.append(append)).rejects.toMatchObject({ name: 'LogUnavailable' });
      await expect(it.log.head(run.runId)).rejects.toMatchObject({ name: 'LogUnavailable' });
      await expect(it.log.probe()).rejects.toMatchObject({ name: 'LogUnavailable' });
      proxy.target(enginePort());
      await until(
        () =>
          it.log.probe().then(
            () => true,
            () => false,
          ),
        'the log to be available',
      );
      const head = await it.log.head(run.runId);
      expect(head).toMatchObject({ position: { seq: 4 } });
      await it.log.append(append);
    });

    test('no reset leads to more sessions than a node has, and each is used again', async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      await using it = await open({ port: proxy.port, schema });
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      let most = 0;
      for (let round = 0; round < 20; round += 1) {
        const asked = Array.from({ length: 20 }, () => it.log.head(run.runId));
        proxy.reset();
        await Promise.all([it.log.append(run.deltas('a')), ...asked]);
        most = Math.max(most, proxy.connections);
      }
      expect(most).toBeLessThanOrEqual(5);
      // Some of the twenty resets find a connection that is only just being opened.
      expect(proxy.accepted).toBeLessThanOrEqual(6 + 20 * 5);
      await expect.poll(() => sessionsOf('node'), { timeout: 5000 }).toBeLessThanOrEqual(5);
    });

    test('a database without free connections is waited for', async () => {
      const schema = database.nextSchema();
      await using it = await open({ port: enginePort(), schema });
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      const taken: pg.Client[] = [];
      try {
        for (;;) {
          const client = new pg.Client(database.url);
          client.on('error', () => undefined);
          await client.connect();
          taken.push(client);
          if (taken.length > 100) break;
        }
      } catch {
        // All are taken.
      }
      const killer = taken[0];
      await killer?.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'stagewire node%'`,
      );
      const greedy = new pg.Client(database.url);
      greedy.on('error', () => undefined);
      await greedy.connect().catch(() => undefined);
      const appended = it.log.append(run.deltas('a'));
      setTimeout(() => void Promise.all(taken.map((client) => client.end())), 500);
      await appended;
      await greedy.end().catch(() => undefined);
      expect(await it.log.head(run.runId)).toMatchObject({ position: { epoch: 1, seq: 5 } });
    });

    test('an engine that is frozen for a while is waited for', { timeout: 30_000 }, async () => {
      const schema = database.nextSchema();
      await using it = await open({ port: enginePort(), schema });
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      database.engine?.signal('SIGSTOP');
      const appended = it.log.append(run.deltas('a'));
      setTimeout(() => database.engine?.signal('SIGCONT'), 2000);
      await appended;
      expect(await it.log.head(run.runId)).toMatchObject({ position: { epoch: 1, seq: 5 } });
    });

    test('two clusters in two schemas of one database know nothing of each other', async () => {
      const [one, other] = await Promise.all(
        [1, 2].map(() => open({ port: enginePort(), schema: database.nextSchema() })),
      );
      await using stack = new AsyncDisposableStack();
      for (const it of [one, other]) if (it !== undefined) stack.use(it);
      const got: GlobalEntry[] = [];
      let changes = 0;
      other?.log.watchAll((entries) => got.push(...entries));
      other?.cluster.ownership.onChange(() => (changes += 1));
      const run = createRunScript(runIdOf(1));
      const swept = await one?.cluster.ownership.withSweepLock(async () =>
        other?.cluster.ownership.withSweepLock(() => Promise.resolve('both')),
      );
      expect(swept).toBe('both');
      await one?.log.append(run.begin());
      await one?.cluster.ownership.release('all');
      await other?.cluster.ownership.renew();
      expect(await other?.log.head(run.runId)).toBeUndefined();
      expect(await other?.cluster.ownership.claim({ atMost: 9 })).toEqual([]);
      expect([got, changes]).toEqual([[], 0]);
    });

    test('a node that does not read is dropped, so that the notifications of the others can be forgotten', async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      const url = new URL(database.url);
      url.port = String(proxy.port);
      const clock = systemClock;
      const random = () => 0.5;
      const given = { clock, random, nodeId: 'deaf', url: url.href, schema, tcpUserTimeoutMs: 2000 };
      const deaf = createPostgresLog({ clock, database: await openDatabase(given) });
      await using it = await open({ port: enginePort(), schema });
      const client = new pg.Client(database.url);
      await client.connect();
      const used = async () => {
        const { rows } = await client.query<{ used: number }>('SELECT pg_notification_queue_usage() AS used');
        return Number(rows[0]?.used);
      };
      proxy.pause();
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      // More than the sockets between them hold.
      let most = 0;
      for (let round = 0; round < 300; round += 1) {
        await it.log.append(run.deltas(...Array<string>(8).fill('x'.repeat(6000))));
        if (round % 20 === 0) most = Math.max(most, await used());
      }
      expect(most).toBeGreaterThan(0);
      await expect.poll(used, { timeout: 40_000, interval: 100 }).toBe(0);
      proxy.heal();
      proxy.reset();
      await client.end();
      await until(
        () =>
          deaf.probe().then(
            () => true,
            () => false,
          ),
        'the node to be back',
      );
      expect(await deaf.lastGlobalPosition()).toBe(await it.log.lastGlobalPosition());
      await deaf.close();
    }, 60_000);
  },
  { ownEngine: true },
);
