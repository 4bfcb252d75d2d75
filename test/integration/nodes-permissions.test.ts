import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startKeyedCluster, type KeyedCluster } from '../support/keyed-cluster.ts';
import {
  callers,
  createPermissionTable,
  procedurePaths,
  type PermissionTable,
} from '../support/permission-table.ts';
import { describePostgres } from '../support/postgres-database.ts';

describePostgres((given) => {
  let cluster: KeyedCluster;
  let table: PermissionTable;
  beforeAll(async () => {
    cluster = await startKeyedCluster(given, {
      schema: given.nextSchema(),
      // Slow, so that a run is still there when it is steered.
      env: { STAGEWIRE_MODEL: 'rehearsal/tps=1,ttft=0' },
    });
    table = await createPermissionTable({ url: cluster.one.url, key: (input) => cluster.key(input) });
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  // The runs are executed at the first node. All callers at the same time: one after the other they take a minute.
  describe.each(['other', 'one'] as const)('at the node that is the %s of two', (name) => {
    test.each(procedurePaths)('every kind of caller may or may not call %s', async (path) => {
      expect.hasAssertions();
      const { url } = cluster[name];
      await Promise.all(
        callers.flatMap((caller) => [
          table.checkOverSocket(url, caller, path),
          table.checkOverHttp(url, caller, path),
        ]),
      );
    });
  });
});
