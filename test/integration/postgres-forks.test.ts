import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import type { GlobalMark } from '../../server/log/incarnations.ts';
import { openPatientNode } from '../support/patient-node.ts';
import type { PostgresEngine } from '../support/postgres-engine.ts';
import { describePostgresTools, restoredCopy, startFullEngine } from '../support/postgres-standby.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

// What a log in PostgreSQL knows of events that the database has lost.

/** Engines are copied, which takes seconds on a busy machine. */
const timeout = 60_000;

async function markOf(log: EventLog): Promise<GlobalMark> {
  const globalPosition = await log.lastGlobalPosition();
  return { globalPosition, incarnation: log.incarnationAt(globalPosition) };
}

describePostgresTools(() => {
  let old: PostgresEngine;
  let schemas = 0;
  let schema = '';
  const open = (engine: PostgresEngine, port = engine.port) =>
    openPatientNode({ url: engine.url, port, schema, patienceMs: 3000 });

  beforeAll(async () => {
    old = await startFullEngine();
  }, timeout);
  afterAll(() => old[Symbol.asyncDispose]());
  beforeEach(() => {
    schema = `forks_${(schemas += 1)}`;
  });

  test(
    'after a restore, to nodes that start with it: positions that are lost stay lost, fork after fork',
    { timeout },
    async () => {
      const kept: GlobalMark[] = [];
      const lost: GlobalMark[] = [];
      await using copies = new AsyncDisposableStack();
      let engine = old;
      for (let fork = 0; fork < 3; fork += 1) {
        await using it = await open(engine);
        // Nothing is lost by a start of the nodes alone.
        for (const mark of kept) expect(await it.log.reaches(mark)).toBe(true);
        for (const mark of lost) expect(await it.log.reaches(mark)).toBe(false);
        await it.log.append(createRunScript(runIdOf(2 * fork + 1)).begin());
        // The positions are assigned again.
        for (const mark of lost) expect(await it.log.reaches(mark)).toBe(false);
        kept.push(await markOf(it.log));
        if (fork < 2) engine = copies.use(await restoredCopy(engine));
        const other = createRunScript(runIdOf(2 * fork + 2));
        await it.log.append(other.begin());
        await it.log.append(other.deltas('a', 'b', 'c'));
        const mark = await markOf(it.log);
        expect(await it.log.reaches(mark)).toBe(true);
        lost.push(mark);
      }
      expect(new Set(lost.map(({ incarnation }) => incarnation)).size).toBe(3);
    },
  );

  test('an engine that was killed and started again has lost nothing', { timeout }, async () => {
    await using it = await open(old);
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    const before = await markOf(it.log);
    let forks = 0;
    it.log.watchForks(() => (forks += 1));
    await old.stop('SIGKILL');
    await old.start();
    await it.log.append(run.deltas('a'));
    const after = await markOf(it.log);
    expect(after.incarnation).toBeGreaterThan(before.incarnation);
    expect(after.globalPosition).toBe(before.globalPosition + 1);
    expect(await it.log.reaches(before)).toBe(true);
    expect(await it.log.reaches(after)).toBe(true);
    expect(await it.log.reaches({ ...after, incarnation: before.incarnation })).toBe(false);
    expect(forks).toBe(0);
  });

  test(
    'nodes that are connected learn it once, with the last position that was kept, and go on after it',
    { timeout },
    async () => {
      await using proxy = await startTcpProxy({ targetPort: old.port });
      await using a = await open(old, proxy.port);
      await using b = await open(old, proxy.port);
      const [one, other] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
      await a.log.append(one.begin());
      const kept = await markOf(a.log);
      await using engine = await restoredCopy(old);
      const got: string[] = [];
      b.log.watchAll((entries) => got.push(...entries.map(({ event }) => `${event.runId} ${event.seq}`)));
      await a.log.append(one.deltas('x', 'y'));
      await until(() => got.at(-1) === `${one.runId} 6`, 'the other node to have the events that are lost');
      got.length = 0;
      const lost = await markOf(b.log);
      const forks: string[] = [];
      a.log.watchForks((lastKept) => forks.push(`a ${lastKept}`));
      b.log.watchForks((lastKept) => forks.push(`b ${lastKept}`));
      // The former engine goes on: a connection to it that is left would read and write what is lost.
      proxy.target(engine.port);
      let resets = 0;
      proxy.reset(() => (resets += 1) % 2 === 0);
      await until(async () => {
        proxy.reset(() => (resets += 1) % 2 === 0);
        await b.log.head(one.runId);
        await a.log.head(one.runId);
        return forks.length >= 2;
      }, 'both nodes to learn of the fork');
      await b.log.append(other.begin());
      await until(() => got.length >= 4, 'the new events at the other node');
      expect(forks.toSorted()).toEqual([`a ${kept.globalPosition}`, `b ${kept.globalPosition}`]);
      expect(got).toEqual([1, 2, 3, 4].map((seq) => `${other.runId} ${seq}`));
      for (const { log } of [a, b]) {
        expect(await log.reaches(kept)).toBe(true);
        expect(await log.reaches(lost)).toBe(false);
        expect((await log.head(one.runId))?.status).toBe('live');
        expect(await log.at(one.runId, 5)).toBeUndefined();
      }
      const rejected = a.log.append(one.deltas('z'));
      await expect(rejected).rejects.toMatchObject({ name: 'LogConflict' });
      const marks = await Promise.all([markOf(a.log), markOf(b.log)]);
      expect(marks[0]).toEqual(marks[1]);
      expect(marks[0]?.globalPosition).toBeGreaterThan(lost.globalPosition);
    },
  );

  test('a node does not use a database that is older than the one it knows', { timeout }, async () => {
    await using proxy = await startTcpProxy({ targetPort: old.port });
    await using it = await open(old, proxy.port);
    await using engine = await restoredCopy(old);
    proxy.target(engine.port);
    proxy.reset();
    await it.log.append(createRunScript(runIdOf(1)).begin());
    proxy.target(old.port);
    proxy.reset();
    await expect(it.log.head(runIdOf(1))).rejects.toThrow('is older than the one that this node has used');
    proxy.target(engine.port);
    await until(
      () =>
        it.log.head(runIdOf(1)).then(
          () => true,
          () => false,
        ),
      'the node to be connected',
    );
  });
});
