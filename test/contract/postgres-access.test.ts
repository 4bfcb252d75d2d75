import { describe, expect, test, afterEach } from 'vitest';
import pg from 'pg';
import { createPostgresAccess } from '../../server/cluster/postgres/postgres-access.ts';
import { createPostgresAudit } from '../../server/cluster/postgres/postgres-audit.ts';
import { createPostgresTickets } from '../../server/cluster/postgres/postgres-tickets.ts';
import type { AccessStores } from '../../server/identity/access-stores.ts';
import { openDatabase, type Database } from '../../server/log/postgres/database.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { secretBytes } from '../../server/runtime/random.ts';
import { describePostgres, type PostgresDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';
import { auditTrailContract } from './audit-trail-contract.ts';
import { credentialStoreContract, storedKey } from './credential-store-contract.ts';
import { sessionHash, sessionLimits, sessionStoreContract, storedSession } from './session-store-contract.ts';
import { ticketsContract } from './tickets-contract.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

let nodes = 0;

async function openNode(given: PostgresDatabase, schema: string): Promise<Database> {
  const nodeId = `node-${(nodes += 1)}`;
  const random = () => Math.random();
  const database = await openDatabase({
    clock: systemClock,
    random,
    nodeId,
    url: given.url,
    schema,
    poolSize: 1,
  });
  closing.push(() => database.close());
  return database;
}

function accessOf(database: Database): AccessStores {
  const access = createPostgresAccess({
    database,
    clock: systemClock,
    randomBytes: secretBytes,
    nodeName: 'a',
    audit: createPostgresAudit({ queries: database.pool, clock: systemClock, nodeName: 'a' }),
  });
  closing.push(() => access.close());
  return access;
}

async function inSchema<Row extends pg.QueryResultRow>(
  given: PostgresDatabase,
  text: string,
): Promise<Row[]> {
  const client = new pg.Client(given.url);
  await client.connect();
  const { rows } = await client.query<Row>(text);
  await client.end();
  return rows;
}

describePostgres((given) => {
  let schema: string;
  const open = async () => {
    schema = await given.emptySchema();
    return accessOf(await openNode(given, schema));
  };
  const openTwo = async () => {
    const one = await open();
    return [one, accessOf(await openNode(given, schema))] as const;
  };

  credentialStoreContract(async () => (await open()).credentials);
  auditTrailContract(async (limits) => {
    schema = await given.emptySchema();
    const database = await openNode(given, schema);
    const audited = { clock: systemClock, nodeName: 'a', queries: database.pool, ...limits };
    const trail = createPostgresAudit(audited);
    closing.push(() => trail.close());
    const access = createPostgresAccess({ database, randomBytes: secretBytes, audit: trail, ...audited });
    closing.push(() => access.close());
    return { trail, keys: access.credentials };
  });
  sessionStoreContract(async () => (await open()).sessions);
  ticketsContract(async (limits) => {
    schema = await given.emptySchema();
    const database = await openNode(given, schema);
    const startMs = systemClock.now();
    let atMs = 0;
    const tickets = createPostgresTickets({
      queries: database.pool,
      // In the past: the database removes nothing that has not expired by its own clock.
      clock: { now: () => startMs - 60_000 + atMs },
      randomBytes: secretBytes,
      ...limits,
    });
    return {
      tickets,
      at: (ms) => void (atMs = ms),
      size: async () => {
        const [row] = await inSchema<{ size: number }>(
          given,
          `SELECT count(*)::integer AS size FROM ${schema}.tickets`,
        );
        return row?.size ?? 0;
      },
    };
  });

  describe('the stores of two nodes', () => {
    test('have the same keys, sessions and secret, whichever node has created them', async () => {
      const [one, other] = await openTwo();
      await one.credentials.add(storedKey('1'));
      expect(await other.credentials.find(storedKey('1').id)).toEqual(storedKey('1'));
      await other.sessions.add(storedSession(1), sessionLimits);
      expect(await one.sessions.find(sessionHash(1))).toEqual(storedSession(1));
      const secrets = await Promise.all([one, other, one, other].map((access) => access.linkSecret()));
      expect(new Set(secrets.map((secret) => secret.toString('hex'))).size).toBe(1);
    });

    test('use a ticket at one of them, however many try at the same instant', async () => {
      const [one, other] = await openTwo();
      for (let round = 0; round < 10; round += 1) {
        const { ticket } = await one.tickets.issue('session');
        const tries = Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? one : other));
        const used = await Promise.all(tries.map(({ tickets }) => tickets.redeem(ticket, 'session')));
        expect(used.filter(Boolean)).toHaveLength(1);
      }
    });

    test('count the sessions of an owner together, also if both add one at the same instant', async () => {
      const [one, other] = await openTwo();
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? one : other).sessions.add(storedSession(n), sessionLimits),
        ),
      );
      const [row] = await inSchema<{ size: number }>(
        given,
        `SELECT count(*)::integer AS size FROM ${schema}.sessions`,
      );
      expect(row?.size).toBe(sessionLimits.maxSessionsPerOwner);
    });

    test.each<readonly [string, (access: AccessStores) => Promise<unknown>]>([
      ['a key that is revoked', ({ credentials }) => credentials.revoke(storedKey('1').id, 7)],
      ['a session that ends', ({ sessions }) => sessions.remove(sessionHash(1))],
    ])('notify each other of %s, and have another version then', async (_what, change) => {
      const [one, other] = await openTwo();
      await one.credentials.add(storedKey('1'));
      await one.sessions.add(storedSession(1), sessionLimits);
      const versions = async () => `${await one.credentials.version()} ${await one.sessions.version()}`;
      const before = await versions();
      let changes = 0;
      const stop = one.onChange(() => (changes += 1));
      await change(other);
      await until(() => changes > 0, 'the notification');
      expect(await versions()).not.toBe(before);
      stop();
    });

    test('of two schemas have nothing in common', async () => {
      const one = await open();
      const other = accessOf(await openNode(given, given.nextSchema()));
      await one.credentials.add(storedKey('1'));
      await one.sessions.add(storedSession(1), sessionLimits);
      const { ticket } = await one.tickets.issue('session');
      expect(await other.credentials.find(storedKey('1').id)).toBeUndefined();
      expect(await other.sessions.find(sessionHash(1))).toBeUndefined();
      expect(await other.tickets.redeem(ticket, 'session')).toBe(false);
      expect((await other.linkSecret()).equals(await one.linkSecret())).toBe(false);
      let changes = 0;
      other.onChange(() => (changes += 1));
      await one.credentials.revoke(storedKey('1').id, 7);
      expect(await one.tickets.redeem(ticket, 'session')).toBe(true);
      expect(changes).toBe(0);
    });
  });

  test('texts that look like SQL are stored as they are', async () => {
    const { credentials, sessions, tickets } = await open();
    const text = `'; DROP TABLE access_keys; --`;
    await credentials.add(storedKey('1', { name: text, owner: text }));
    expect(await credentials.find(storedKey('1').id)).toMatchObject({ name: text, owner: text });
    expect(await credentials.find(text)).toBeUndefined();
    expect(await sessions.find(text)).toBeUndefined();
    const { ticket } = await tickets.issue(text);
    expect(await tickets.redeem(text, text)).toBe(false);
    expect(await tickets.redeem(ticket, text)).toBe(true);
  });

  test('nothing that a caller presents is stored in clear', async () => {
    const { tickets } = await open();
    const { ticket } = await tickets.issue('holder');
    const rows = await inSchema(given, `SELECT * FROM ${schema}.tickets`);
    expect(JSON.stringify(rows)).not.toContain(ticket.slice(4));
  });
});
