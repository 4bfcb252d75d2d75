import pg from 'pg';
import { expect, test } from 'vitest';
import type { GlobalEntry } from '../../server/log/event-log.ts';
import { openPatientNode } from '../support/patient-node.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { startPostgresWireProxy, type WireMessage } from '../support/postgres-wire-proxy.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until, within } from '../support/until.ts';

/** What becomes of appends whose connection is cut. */
describePostgres(
  (database) => {
    const enginePort = () => database.engine?.port ?? 0;
    const open = (options: { port: number; schema: string; patienceMs?: number }) =>
      openPatientNode({ url: database.url, ...options });

    test('an append is in the log once, wherever its connection is cut', { timeout: 60_000 }, async () => {
      const schema = database.nextSchema();
      await using proxy = await startPostgresWireProxy({ targetPort: enginePort() });
      await using it = await open({ port: proxy.port, schema });
      await using other = await open({ port: enginePort(), schema });
      const run = createRunScript(runIdOf(1));
      await it.log.append(run.begin());
      await other.cluster.ownership.renew();
      const own: GlobalEntry[] = [];
      const others: GlobalEntry[] = [];
      it.log.watchAll((entries) => own.push(...entries));
      other.log.watchAll((entries) => others.push(...entries));
      for (const point of points) {
        let isAppending = false;
        let isCut = false;
        proxy.onMessage = (message) => {
          isAppending ||= isAppend(message);
          if (!isAppending || isCut || `${message.from} ${message.type}` !== point) return 'pass';
          isCut = true;
          return 'cut';
        };
        await it.log.append(run.deltas(point));
        expect([point, isCut]).toEqual([point, true]);
      }
      proxy.onMessage = () => 'pass';
      await it.log.append(run.complete());
      const all = await it.log.readAll({ after: 0, limit: 1000 });
      expect(all.map(({ event }) => event.seq)).toEqual(all.map((_, index) => index + 1));
      expect(all).toHaveLength(4 + points.length + 2);
      await other.cluster.ownership.renew();
      await it.cluster.ownership.renew();
      expect(own).toEqual(all.slice(4));
      expect(others).toEqual(all.slice(4));
    });

    test('a commit of a connection that was lost is published as what it is, whatever is in progress', async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      await using it = await open({ port: proxy.port, schema });
      const [one, two] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
      await it.log.append(one.begin());
      await it.log.append(two.begin());
      const got: GlobalEntry[] = [];
      it.log.watchAll((entries) => got.push(...entries));
      const lockRow = async (runId: string) => {
        const client = new pg.Client(database.url);
        await client.connect();
        await client.query(`BEGIN; SELECT 1 FROM ${schema}.runs WHERE run_id = '${runId}' FOR UPDATE`);
        return client;
      };
      const holders = [await lockRow(one.runId), await lockRow(two.runId)] as const;
      // Its connection is cut while it waits for the row: the engine does not notice, and commits it later.
      const first = it.log.append(one.deltas('of the first run'));
      await until(async () => (await blocked(database.url)) === 1, 'the append to wait for its row');
      proxy.reset();
      const second = it.log.append(two.deltas('of the second run'));
      await until(async () => (await blocked(database.url)) === 2, 'the next append to wait for its row');
      await holders[0].query('COMMIT');
      await until(async () => (await blocked(database.url)) === 1, 'the first append to be committed');
      // A session gets notifications after its statement: now both, in the order of the commits.
      await holders[1].query('COMMIT');
      await Promise.all([first, second]);
      for (const client of holders) await client.end();
      await it.cluster.ownership.renew();
      expect(got).toEqual((await it.log.readAll({ after: 0, limit: 99 })).slice(8));
    });

    test('a log may be closed while its connections are lost', { timeout: 60_000 }, async () => {
      const schema = database.nextSchema();
      await using proxy = await startTcpProxy({ targetPort: enginePort() });
      for (let delayMs = 0; delayMs < 60; delayMs += 5) {
        const it = await open({ port: proxy.port, schema });
        await Promise.all([it.log.liveRuns(), it.log.liveRuns()]);
        proxy.reset();
        // At any moment of the attempts to connect again.
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        expect(await within(it.log.close(), 'the log to be closed')).toBeUndefined();
      }
    });
  },
  { ownEngine: true },
);

/** How many sessions wait for a lock. A transaction would always see the sessions that it saw first. */
async function blocked(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  await client.end();
  return rows.length;
}

/** The messages of an append, each of which once does not arrive: the statement, and its responses. */
const points = [
  'client B',
  'client D',
  'client E',
  'client S',
  // Bound.
  'server 2',
  // The row.
  'server D',
  // Committed.
  'server C',
  // The notification of the commit.
  'server A',
  // Ready.
  'server Z',
];

/** Does a client begin to execute the statement of an append? */
function isAppend({ from, type, body }: WireMessage): boolean {
  return from === 'client' && (type === 'P' || type === 'B') && body.includes('append-2');
}
