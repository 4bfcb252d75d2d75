import pg from 'pg';
import { expect, test } from 'vitest';
import { claiming } from '../support/claiming-log.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { openPostgresNode } from '../support/postgres-node.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const by = { actor: { id: 'local', kind: 'anonymous' }, at: '2026-01-01T00:00:00.000Z' } as const;

describePostgres((given) => {
  test('the events of a run that another node is purging are left to that node, and a purge does not wait', async () => {
    const schema = await given.emptySchema();
    await using node = await openPostgresNode({ url: given.url, schema, nodeId: 'a' });
    const log = claiming(node.log);
    const client = new pg.Client(given.url);
    await client.connect();
    try {
      await client.query(`SET search_path TO ${schema}`);
      // Deleted, and now being purged by another node, which has its row.
      await client.query('INSERT INTO purges (run) VALUES (0)');
      await client.query('BEGIN');
      await client.query('SELECT run FROM purges FOR UPDATE');
      for (let number = 0; number < 10; number += 1) {
        const run = createRunScript(runIdOf(number));
        await log.append(run.begin());
        await log.append(run.deltas('x', 'y', 'z'));
        await log.append(run.complete());
      }
      await Promise.all(Array.from({ length: 10 }, (_, number) => log.delete(runIdOf(number), by)));
      await log.purge();
      const left = await client.query<{ runs: string; events: string }>(
        'SELECT (SELECT count(*) FROM purges) AS runs, (SELECT count(*) FROM events) AS events',
      );
      expect(left.rows).toEqual([{ runs: '1', events: '0' }]);
      await client.query('COMMIT');
      await log.purge();
      expect((await client.query('SELECT run FROM purges')).rows).toEqual([]);
    } finally {
      await client.end();
    }
  });
});
