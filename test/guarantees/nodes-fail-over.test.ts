import pg from 'pg';
import type { FeedEvent } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { openFollowSocket, type Refusal } from '../support/follow-socket.ts';
import { createLedger } from '../support/ledger.ts';
import { expectWhole, followAll, startAt } from '../support/node-crowd.ts';
import { readLogs, startNodeProcess, type NodeProcess } from '../support/node-processes.ts';
import type { PostgresEngine } from '../support/postgres-engine.ts';
import { describePostgresTools, startPostgresPair, type PostgresPair } from '../support/postgres-standby.ts';
import { until } from '../support/until.ts';
import { sizes, timeoutMs } from './sizes.ts';

// Two nodes whose database fails over to a standby. A synchronous one has lost nothing. An asynchronous one that lags has
// lost what subscribers have seen: they get CURSOR_INVALID, and nothing that does not follow what they have.

const { runs, chars } = sizes.nodes;
const slow = `rehearsal/ttft=30,tps=60,chars=${chars}`;
const schema = 'stagewire';
const timeout = Math.max(timeoutMs, 90_000);

async function startNodes({ primary }: PostgresPair): Promise<readonly [NodeProcess, NodeProcess]> {
  const start = (name: string) => startNodeProcess({ database: primary, schema, name });
  // The first one creates the tables.
  return [await start('a'), await start('b')];
}

async function failOver({ primary, standby }: PostgresPair, nodes: readonly NodeProcess[]): Promise<void> {
  await primary.stop('SIGKILL');
  await standby.promote();
  for (const { link } of nodes) {
    link.target(standby.port);
    link.reset();
  }
}

/** A subscriber to the feed that resumes with its last cursor until it is rejected for good. */
function followFeed(port: number, from?: string) {
  const events: FeedEvent[] = [];
  let cursor = from;
  const leaving = new AbortController();
  let refusal: Refusal | undefined;
  let leave = () => {};
  async function follow(): Promise<void> {
    while (!leaving.signal.aborted) {
      const socket = await openFollowSocket(port);
      leave = () => socket.drop();
      await socket
        .feed(cursor === undefined ? {} : { lastEventId: cursor }, (event, at) => {
          events.push(event);
          cursor = at;
        })
        .catch((error: Refusal) => {
          if (error.retryable) return;
          refusal = error;
          leaving.abort();
        });
      await socket[Symbol.asyncDispose]();
    }
  }
  const ended = follow();
  return {
    events,
    get cursor() {
      return cursor;
    },
    get code() {
      return refusal?.code;
    },
    async leave() {
      leaving.abort();
      leave();
      await ended;
    },
  };
}

async function lastPlaceOf(engine: PostgresEngine): Promise<number> {
  const client = new pg.Client(engine.url);
  await client.connect();
  const { rows } = await client.query<{ place: string }>(`SELECT max(place) AS place FROM ${schema}.events`);
  await client.end();
  return Number(rows[0]?.place);
}

const isShown = ({ type }: FeedEvent) => type !== 'feed.opened';
const named = (event: FeedEvent) => ('runId' in event ? `${event.runId} ${event.seq} ${event.type}` : '');

describePostgresTools(() => {
  test('a fail-over to a synchronous standby loses nothing and repeats nothing', { timeout }, async () => {
    await using pair = await startPostgresPair({ isSynchronous: true });
    await using stack = new AsyncDisposableStack();
    const nodes = await startNodes(pair);
    for (const node of nodes) stack.use(node);
    const feed = followFeed(nodes[1].port);
    await until(() => feed.events.length > 0, 'the feed to begin');
    const runIds = await Promise.all(Array.from({ length: runs }, () => startAt(nodes[0].port, slow)));
    const crowd = followAll(
      runIds,
      nodes.map(({ port }) => port),
    );
    await until(() => crowd.every(({ ledger }) => ledger.seq > 10), 'all runs to write');
    await failOver(pair, nodes);
    const logs = await expectWhole({ database: pair.standby, schema }, crowd);
    const isAll = () => feed.events.filter(({ type }) => type === 'run.completed').length === runs;
    await until(isAll, 'the feed to have the end of all runs');
    expect(feed.code).toBeUndefined();
    await feed.leave();
    for (const [runId, entries] of logs) {
      const stored = entries.map(({ event }) => event).filter(({ type }) => isInFeed(type));
      const got = feed.events.filter((event) => 'runId' in event && event.runId === runId);
      expect(got.map(named)).toEqual(stored.map(named));
    }
  });

  test(
    'a fail-over to a standby that lags: lost events are CURSOR_INVALID, and nothing is mixed',
    { timeout },
    async () => {
      await using pair = await startPostgresPair({ isSynchronous: false });
      await using stack = new AsyncDisposableStack();
      const nodes = await startNodes(pair);
      for (const node of nodes) stack.use(node);
      const [a, b] = nodes;
      const feed = followFeed(b.port);
      await until(() => feed.events.length > 0, 'the feed to begin');
      const runIds = await Promise.all(Array.from({ length: runs }, () => startAt(a.port, slow)));
      const crowd = followAll(
        runIds,
        nodes.map(({ port }) => port),
      );
      await until(() => crowd.every(({ ledger }) => ledger.seq > 10), 'all runs to write');
      // What subscribers have now reaches the standby, what follows does not.
      const early = crowd.map(({ ledger }) => ({
        runId: ledger.runId,
        seq: ledger.seq,
        cursor: ledger.cursor,
      }));
      const earlyFeed = { cursor: feed.cursor, events: feed.events.length };
      const place = await lastPlaceOf(pair.primary);
      await until(async () => (await lastPlaceOf(pair.standby)) >= place, 'the standby to have it');
      pair.replication.blackHole();
      const cutAt = crowd.map(({ ledger }) => ledger.seq);
      const lostId = await startAt(b.port, slow);
      const [lost] = followAll([lostId], [a.port]);
      await until(
        () =>
          crowd.every(({ ledger }, index) => ledger.seq > (cutAt[index] ?? 0) + 20) &&
          (lost?.ledger.seq ?? 0) > 10,
        'events that only the primary has',
      );
      await failOver(pair, nodes);

      // Those who have seen lost events are told, live and with their cursors; at each node.
      for (const one of crowd) await expect(one.ended).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
      await expect(lost?.ended).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await until(() => feed.code === 'CURSOR_INVALID', 'the feed to be rejected');
      for (const { ledger } of crowd) expect(ledger.breaches).toEqual([]);

      // Cursors before the fork go on, to the end of each run.
      const feedAgain = followFeed(a.port, earlyFeed.cursor);
      const resumed = early.map(({ runId, ...from }) => createLedger(runId, { from }));
      await using socket = await openFollowSocket(b.port);
      await Promise.all(resumed.map((ledger) => socket.follow(ledger)));
      for (const { breaches, terminal } of resumed) {
        expect(breaches).toEqual([]);
        expect(terminal?.type).toBe('run.completed');
      }
      const isAll = () => feedAgain.events.filter(({ type }) => type === 'run.completed').length === runs;
      await until(isAll, 'the feed to have the end of all runs');
      await feedAgain.leave();

      // All runs continue in a new epoch, and everyone has what is in the log.
      const logs = await expectWhole({ database: pair.standby, schema }, followAll(runIds, [a.port, b.port]));
      for (const [runId, entries] of logs) {
        expect(entries.at(-1)?.epoch).toBeGreaterThan(1);
        const stored = entries.map(({ event }) => event).filter(({ type }) => isInFeed(type));
        const got = [...feed.events.slice(0, earlyFeed.events), ...feedAgain.events].filter(
          (event) => 'runId' in event && event.runId === runId,
        );
        expect(got.map(named)).toEqual(stored.map(named));
      }

      // Now the positions and seqs of the lost events are those of others: their cursors are rejected as before.
      for (const { ledger } of crowd) {
        expect(
          (await readLogs({ database: pair.standby, schema }, [ledger.runId])).get(ledger.runId)?.length,
        ).toBeGreaterThan(ledger.seq);
        await expect(socket.follow(ledger)).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
      }
      await expect(socket.feed({ lastEventId: feed.cursor }, () => undefined)).rejects.toMatchObject({
        code: 'CURSOR_INVALID',
      });
      expect(feed.events.filter(isShown).length).toBeGreaterThan(0);
    },
  );
});

function isInFeed(type: string): boolean {
  return type !== 'stage.delta' && type !== 'stage.reasoning' && type !== 'input.recorded';
}
