import { expect, test } from 'vitest';
import { createPostgresLimits } from '../../server/cluster/postgres/postgres-limits.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { openPostgresNode } from '../support/postgres-node.ts';
import { createRunScript, queuedBody, runIdOf, type RunScript } from '../support/run-script.ts';

describePostgres((given) => {
  // Seen red with: the older run first among owners with as many running runs.
  test('5 runs do not wait for 500 of another owner, on two nodes and on one with a single slot', async () => {
    const schema = await given.emptySchema();
    await using a = await openPostgresNode({ url: given.url, schema, nodeId: 'a' });
    await using b = await openPostgresNode({ url: given.url, schema, nodeId: 'b' });
    const scripts = new Map<string, RunScript>();
    const owners = new Map<string, string>();
    const queueAll = async (owner: string, count: number) => {
      const appends = Array.from({ length: count }, () => {
        const runId = runIdOf(scripts.size + 1);
        const script = createRunScript(runId, { startMs: Date.UTC(2026, 0, 1) + scripts.size * 10 });
        scripts.set(runId, script);
        owners.set(runId, owner);
        return a.log.append(script.next(queuedBody({ owner })));
      });
      await Promise.all(appends);
    };
    await queueAll('many', 500);
    const nodesOf = { few: [a, b], late: [a] } as const;
    for (const owner of ['few', 'late'] as const) {
      const nodes = nodesOf[owner];
      await queueAll(owner, 5);
      const begun: string[] = [];
      for (let round = 0; round < 12; round += 1) {
        const claims = await Promise.all(nodes.map((node) => node.ownership.claim({ atMost: 1 })));
        for (const [index, claimed] of claims.entries()) {
          for (const { runId } of claimed) {
            begun.push(owners.get(runId) ?? '');
            const script = scripts.get(runId)!;
            await nodes[index]!.log.append(script.next({ type: 'run.cancelled', commandId, actor }));
          }
        }
      }
      expect(begun.filter((it) => it === owner)).toHaveLength(5);
    }
  }, 60_000);

  test('an owner has no more claimed runs than its limit, on all nodes, and keeps those it has', async () => {
    const schema = await given.emptySchema();
    await using a = await openPostgresNode({ url: given.url, schema, nodeId: 'a' });
    await using b = await openPostgresNode({ url: given.url, schema, nodeId: 'b' });
    for (const number of [1, 2, 3, 4, 5])
      await a.log.append(
        createRunScript(runIdOf(number)).next(queuedBody({ owner: number < 5 ? 'one' : 'other' })),
      );
    const claim = async (node: typeof a) =>
      (await node.ownership.claim({ atMost: 9, maxOfOwner: 2 })).map(({ owner }) => owner).toSorted();
    expect(await claim(a)).toEqual(['one', 'one', 'other']);
    expect(await claim(b)).toEqual([]);
    await a.ownership.release([runIdOf(1)]);
    expect(await claim(b)).toEqual(['one']);
  });

  test('counts starts and runs of an owner for all nodes', async () => {
    const schema = await given.emptySchema();
    const open = (nodeId: string) =>
      openDatabase({ clock: systemClock, random: Math.random, url: given.url, schema, nodeId });
    const [one, other] = [await open('one'), await open('other')];
    try {
      const [a, b] = [createPostgresLimits(one.pool), createPostgresLimits(other.pool)];
      const [ann, all] = [
        { key: 'o:ann', perMinute: 3 },
        { key: 's', perMinute: 1000 },
      ];
      const taken = await Promise.all([a, b, a, b].map((limits) => limits.takeStarts([all, ann])));
      const refused = taken.filter((it) => it !== undefined);
      expect(refused).toHaveLength(1);
      expect(refused[0]).toMatchObject({ index: 1 });
      expect(refused[0]!.retryAfterMs).toBeGreaterThan(5000);
      expect(refused[0]!.retryAfterMs).toBeLessThanOrEqual(20_000);
      expect(await b.takeStarts([{ key: 'o:bob', perMinute: 3 }])).toBeUndefined();
      expect(await a.runsOfOwner('ann')).toEqual({ queued: 0, running: 0 });
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });
});

const commandId = '11111111-1111-4111-8111-111111111111';
const actor = { id: 'ada', kind: 'user' } as const;
