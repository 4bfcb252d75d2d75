import { expect, test } from 'vitest';
import type { GlobalEntry } from '../../server/log/event-log.ts';
import type { FlushReport } from '../../server/log/flush-monitor.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { claiming } from '../support/claiming-log.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

describePostgres((database) => {
  const open = async (options: { readonly schema: string }) => {
    const opened = await openDatabase({
      ...options,
      clock: systemClock,
      random: Math.random,
      url: database.url,
      nodeId: 'one',
    });
    const log = createPostgresLog({ clock: systemClock, database: opened });
    const flushes: FlushReport[] = [];
    log.flushes.onFlush((report) => flushes.push(report));
    return { log, flushes, [Symbol.asyncDispose]: () => log.close() };
  };

  // Seen red with: a prepared flush that takes runs of the one in progress; a group that takes a later append of a run and
  // leaves an earlier one.
  test('flushes that are prepared while others are in progress keep each run in order', async () => {
    await using it = await open({ schema: database.nextSchema() });
    const log = claiming(it.log);
    const got: GlobalEntry[] = [];
    it.log.watchAll((entries) => got.push(...entries));
    const runs = Array.from({ length: 700 }, (_, index) => createRunScript(runIdOf(index)));
    const stale = createRunScript(runIdOf(1));
    stale.begin();
    const appends = [
      ...runs.map((run) => run.begin()),
      ...runs.map((run) => run.deltas('a', 'b')),
      ...runs.flatMap((run) => [run.deltas('c'), run.reasoning('d'), run.complete()]),
    ];
    const outcomes = Promise.allSettled(appends.map((append) => log.append(append)));
    const refused = log.append(stale.deltas('of another executor'));
    await expect(refused).rejects.toMatchObject({ name: 'LogConflict' });
    expect((await outcomes).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(it.flushes.length).toBeGreaterThan(3);
    const all = await it.log.readAll({ after: 0, limit: 100_000 });
    expect(got).toEqual(all);
    for (const run of runs) {
      const own = all.filter(({ event }) => event.runId === run.runId).map(({ event }) => event.seq);
      expect(own).toEqual(own.map((_, index) => index + 1));
      expect(own).toHaveLength(10);
    }
  });
});
