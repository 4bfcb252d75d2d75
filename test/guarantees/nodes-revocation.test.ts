import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyService } from '../../server/identity/keys/key-service.ts';
import { createKeyText } from '../../server/identity/keys/key-text.ts';
import { openPostgresKeys } from '../../server/cluster/postgres/open-postgres-keys.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { secretBytes } from '../../server/runtime/random.ts';
import { CreateKeyInput } from '@stagewire/shared/keys';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { bearer, codeOf } from '../support/keyed-peers.ts';
import { startNodeProcess, type NodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { within } from '../support/until.ts';

// A node that is frozen, or whose link to the database is half open, learns of a revocation when it is back; one that is cut
// off for longer keeps nothing that it cannot check. In `npm run test:long` only: the second takes more than a minute.

const isLong = process.env['STAGEWIRE_TEST_LONG'] !== undefined;

describePostgres((database) => {
  let node: NodeProcess;
  let schema: string;
  beforeAll(async () => {
    if (!isLong) return;
    schema = database.nextSchema();
    node = await startNodeProcess({ database, schema, name: 'a', env: { STAGEWIRE_AUTH: 'keys' } });
  }, 40_000);
  afterAll(() => node?.[Symbol.asyncDispose]());

  async function withKeys<Result>(use: (keys: ReturnType<typeof createKeyService>) => Promise<Result>) {
    const store = await openPostgresKeys({ url: database.url, schema, clock: systemClock });
    try {
      return await use(createKeyService({ store, clock: systemClock }));
    } finally {
      await store.close();
    }
  }

  async function newKey() {
    const { id, hash, text } = createKeyText(secretBytes);
    await withKeys((keys) => keys.create(CreateKeyInput.parse({ id, hash, name: 'ada' }), { id: 'test' }));
    return { id, token: text };
  }

  test.skipIf(!isLong)(
    'a node that was frozen while a key was revoked closes its sockets',
    { timeout: 60_000 },
    async () => {
      const key = await newKey();
      await using bot = await connect(node.port, bearer(key.token));
      expect(await codeOf(bot)).toBeUndefined();
      node.signal('SIGSTOP');
      await withKeys((keys) => keys.revoke(key.id, { id: 'test' }));
      // Longer than its lease, and than its statements may take.
      await sleep(8000);
      node.signal('SIGCONT');
      const { code } = await within(bot.closed, 'a close', { timeoutMs: 5000 });
      expect(code).toBe(4401);
    },
  );

  test.skipIf(!isLong)(
    'a node whose link is half open for a minute keeps no socket that it cannot check',
    { timeout: 150_000 },
    async () => {
      const key = await newKey();
      await using bot = await connect(node.port, bearer(key.token));
      expect(await codeOf(bot)).toBeUndefined();
      node.link.blackHole();
      const startedMs = performance.now();
      await withKeys((keys) => keys.revoke(key.id, { id: 'test' }));
      const { code } = await within(bot.closed, 'a close', { timeoutMs: 70_000 });
      expect(code).toBe(1013);
      expect(performance.now() - startedMs).toBeGreaterThan(55_000);
      node.link.heal();
      await using again = await connect(node.port, bearer(key.token));
      expect(await codeOf(again)).toBeOneOf(['UNAUTHENTICATED', 'OVERLOADED']);
    },
  );
});
