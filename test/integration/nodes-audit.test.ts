import { randomUUID } from 'node:crypto';
import type { AuditEntry, AuditPage } from '@stagewire/shared/audit';
import { expect, test } from 'vitest';
import { startKeyedCluster, type KeyedNode } from '../support/keyed-cluster.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

describePostgres((given) => {
  test('every node lists what was done at any of them, and by the command', async () => {
    await using cluster = await startKeyedCluster(given, { schema: given.nextSchema() });
    const { one, other } = cluster;
    const since = new Date(Date.now() - 60_000).toISOString();
    const root = await cluster.key({ name: 'root', permissions: ['admin'] });
    const ada = await cluster.key({ name: 'ada' });
    const runId = await one.startRun(ada.token);
    const cancel = { runId, commandId: randomUUID(), target: 'run', reason: 'Marked words' };
    await other.fetch('/trpc/runs.cancel', root.token, cancel);
    const created = { id: '0123456789abcdef', hash: 'ab'.repeat(32), name: 'bob' };
    await one.fetch('/trpc/keys.create', root.token, created);
    await other.fetch('/trpc/keys.revoke', root.token, { id: created.id });
    await cluster.signedIn(other, ada.token);

    const list = async (node: KeyedNode) => {
      const query = encodeURIComponent(JSON.stringify({ since }));
      const response = await node.fetch(`/trpc/audit.list?input=${query}`, root.token);
      const { items } = ((await response.json()) as { result: { data: AuditPage } }).result.data;
      return items.filter(({ procedure }) => procedure !== 'audit.list');
    };
    const brief = ({ actor, procedure, kind, owner }: AuditEntry) =>
      `${actor.name ?? actor.id} ${procedure} ${kind} ${owner}`;
    await until(async () => (await list(one)).length === 8, 'all records');
    const items = await list(one);
    expect(items.map(brief).toSorted()).toEqual(
      [
        'command:test keys.create key root',
        'command:test keys.create key ada',
        'ada runs.start run ada',
        'root runs.cancel access ada',
        'root runs.cancel run ada',
        'root keys.create key bob',
        'root keys.revoke key bob',
        'ada session.create session ada',
      ].toSorted(),
    );
    expect(new Set(items.filter(({ kind }) => kind === 'key').map(({ node }) => node)).size).toBe(2);
    expect(await list(other)).toEqual(items);
    expect(JSON.stringify(items)).not.toContain('Marked');
  });
});
