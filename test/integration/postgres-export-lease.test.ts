import { expect, test } from 'vitest';
import { createPostgresExportLease } from '../../server/cluster/postgres/postgres-export-lease.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { systemRandom } from '../../server/runtime/random.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

describePostgres((given) => {
  /** The leases of two nodes for the export `traces`. */
  async function open(options: { readonly leaseMs?: number } = {}) {
    const database = await openDatabase({
      clock: systemClock,
      random: () => systemRandom.next(),
      nodeId: 'a',
      url: given.url,
      schema: await given.emptySchema(),
    });
    const log = createPostgresLog({ clock: systemClock, database });
    const leaseOf = (nodeId: string, name = 'traces') =>
      createPostgresExportLease({ queries: database.pool, name, nodeId, ...options });
    return { a: leaseOf('a'), b: leaseOf('b'), leaseOf, [Symbol.asyncDispose]: () => log.close() };
  }
  const mark = { incarnation: 2, globalPosition: 70 };

  test('one node at a time has the lease of an export, and the next one continues where it was', async () => {
    await using it = await open();
    expect(await it.a.acquire()).toBe('start');
    expect(await it.b.acquire()).toBeUndefined();
    expect(await it.a.save(mark)).toBe(true);
    expect(await it.b.save({ incarnation: 2, globalPosition: 5 })).toBe(false);
    // Its own lease does not keep it from renewing.
    expect(await it.a.acquire()).toEqual(mark);
    expect(await it.leaseOf('b', 'others').acquire()).toBe('start');
    await it.b.release();
    expect(await it.b.acquire()).toBeUndefined();
    await it.a.release();
    expect(await it.b.acquire()).toEqual(mark);
  });

  test('the lease of a node that is gone expires, and that node saves nothing afterwards', async () => {
    await using it = await open({ leaseMs: 300 });
    expect(await it.a.acquire()).toBe('start');
    expect(await it.a.save(mark)).toBe(true);
    const taken = await it.b.acquire();
    expect(taken).toBeUndefined();
    await until(async () => (await it.b.acquire()) !== undefined, 'the lease to expire');
    expect(await it.a.save({ incarnation: 2, globalPosition: 5 })).toBe(false);
    expect(await it.b.acquire()).toEqual(mark);
  });

  test('of many nodes that ask at the same moment one gets it', async () => {
    await using it = await open();
    const leases = Array.from({ length: 12 }, (_, index) => it.leaseOf(`node-${index}`));
    const got = await Promise.all(leases.map((lease) => lease.acquire()));
    expect(got.filter((mark) => mark !== undefined)).toEqual(['start']);
  });
});
