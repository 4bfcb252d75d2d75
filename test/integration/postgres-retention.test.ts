import { expect, test } from 'vitest';
import { createRetention } from '../../server/runs/retention.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { claiming } from '../support/claiming-log.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { openPostgresNode } from '../support/postgres-node.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

/** The tables of a database do not shrink when runs are removed: by their size a sweep would remove every run. */
describePostgres((given) => {
  test('retention by size removes what is too much and no more, and one node at a time sweeps', async () => {
    const schema = await given.emptySchema();
    await using node = await openPostgresNode({ url: given.url, schema, nodeId: 'a' });
    await using other = await openPostgresNode({ url: given.url, schema, nodeId: 'b' });
    const log = claiming(node.log);
    const nowMs = Date.now();
    for (let number = 0; number < 20; number += 1) {
      const run = createRunScript(runIdOf(number), { startMs: nowMs - 3_600_000 + number * 1000 });
      await log.append(run.begin());
      await log.append(run.deltas('x'.repeat(1000)));
      await log.append(run.complete());
    }
    const usedBytes = await log.usedBytes();
    const retentionOf = ({ log: own, ownership }: typeof node) =>
      createRetention({
        log: own,
        clock: systemClock,
        logger: quietLogger,
        keepRunsForMs: Infinity,
        keepBytes: Math.floor((usedBytes * 17.5) / 20),
        hasSubscribers: () => false,
        withSweepLock: (sweep) => ownership.withSweepLock(sweep),
        graceMs: 0,
      });
    const removed = await Promise.all([retentionOf(node).sweep(), retentionOf(other).sweep()]);
    expect(removed.reduce((sum, count) => sum + count)).toBe(3);
    expect((await log.endedRuns({ limit: 100 })).map(({ runId }) => runId)).toEqual(
      Array.from({ length: 17 }, (_, index) => runIdOf(index + 3)),
    );
    expect(await log.usedBytes()).toBe((usedBytes / 20) * 17);
    expect(await retentionOf(other).sweep()).toBe(0);
  });
});
