import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, type BareSocket } from '../support/bare-socket.ts';
import { codeIn, rejected, type BrowserPeer } from '../support/browser-peer.ts';
import { startKeyedCluster, type KeyedCluster, type KeyedNode } from '../support/keyed-cluster.ts';
import { bearer, codeOf, list, socketOf } from '../support/keyed-peers.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { openRequest } from '../support/raw-request.ts';
import { shareRun } from '../support/share-run.ts';
import { within } from '../support/until.ts';

/** Promised by PROTOCOL.md (P56), for every node. */
const appliedMs = { timeoutMs: 5000 };
const ended = { code: 4401, reason: expect.stringMatching(/^UNAUTHENTICATED: The /) as string };

describePostgres((given) => {
  let cluster: KeyedCluster;
  let one: KeyedNode;
  let other: KeyedNode;
  let key: Awaited<ReturnType<KeyedCluster['key']>>;
  let database: pg.Client;
  let schema: string;

  beforeAll(async () => {
    schema = given.nextSchema();
    cluster = await startKeyedCluster(given, { schema });
    ({ one, other, database } = cluster);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    key = await cluster.key({ owner: `owner-${randomUUID()}` });
  });

  const signedIn = (node: KeyedNode) => cluster.signedIn(node, key.token);

  const at = (node: KeyedNode, visitor: BrowserPeer) => cluster.visitor(node, visitor.cookie);
  const statusAt = async (node: KeyedNode, token: string) => (await node.fetch(list, token)).status;
  const admin = () => cluster.key({ name: 'root', permissions: ['admin'] });

  /** A subscription that is streaming, at a node. */
  async function subscribed(node: KeyedNode, token: string, runId: string): Promise<BareSocket> {
    const bot = await socketOf(node, token);
    await bot.until(bot.subscribe('runs.events', { runId }), 'run.started');
    return bot;
  }

  describe('an access key', () => {
    test('that was created at one node works at both at once, and is revoked at both at once', async () => {
      const { token } = await admin();
      const [id, hash] = ['ab'.repeat(8), 'cd'.repeat(32)];
      const created = await one.fetch('/trpc/keys.create', token, { id, hash, name: 'ada' });
      expect(created.status).toBe(200);
      // The same key again, at the other node, and another one with its id.
      expect((await other.fetch('/trpc/keys.create', token, { id, hash, name: 'ada' })).status).toBe(200);
      expect((await other.fetch('/trpc/keys.create', token, { id, hash, name: 'eve' })).status).toBe(409);
      for (const node of [one, other]) expect(await statusAt(node, key.token)).toBe(200);
      const revoked = await Promise.all(
        [one, other].map(async (node) =>
          (await node.fetch('/trpc/keys.revoke', token, { id: key.id })).text(),
        ),
      );
      expect(revoked[0]).toBe(revoked[1]);
      for (const node of [one, other]) expect(await statusAt(node, key.token)).toBe(401);
    });

    test('that is revoked closes the sockets, subscriptions and event streams at every node', async () => {
      const runId = await one.startRun(key.token);
      await using idle = await socketOf(one, key.token);
      await using near = await subscribed(one, key.token, runId);
      await using far = await subscribed(other, key.token, runId);
      const input = encodeURIComponent(JSON.stringify({ runId }));
      const streams = await Promise.all(
        [`/trpc/runs.events?input=${input}`, `/api/stream/events/${runId}`].map((path) =>
          other.fetch(path, key.token),
        ),
      );
      const startedMs = performance.now();
      await cluster.revoke(key.id);
      for (const bot of [idle, near, far]) {
        expect(await within(bot.closed, 'a close', appliedMs)).toEqual(ended);
      }
      for (const stream of streams) {
        await expect(within(stream.text(), 'the end of a stream', appliedMs)).rejects.toThrow(/terminated/);
      }
      // By the notification: polling alone would take up to a second.
      expect(performance.now() - startedMs, 'timing: until both nodes know').toBeLessThan(900);
      // Its run continues.
      const { token } = await admin();
      const state = await other.fetch(`/trpc/runs.get?input=${input}`, token);
      expect(await state.text()).toContain('"status":"running"');
    });

    test('that is revoked closes them also if the notification is lost', async () => {
      const runId = await one.startRun(key.token);
      await using far = await subscribed(other, key.token, runId);
      // What `keys revoke` does, without its notification.
      await database.query(`WITH revoked AS (UPDATE access_keys SET revoked_at_ms = 1 WHERE id = '${key.id}')
        UPDATE access_versions SET version = version + 1 WHERE kind = 'keys'`);
      expect(await within(far.closed, 'a close', appliedMs)).toEqual(ended);
    });

    test('cannot be used by session.refresh after it was revoked at another node', async () => {
      const next = await cluster.key({ owner: 'refreshed' });
      const kept = await cluster.key({ owner: 'refreshed' });
      await using bot = await socketOf(other, kept.token);
      expect(await bot.call('mutation', 'session.refresh', { token: next.token })).toHaveProperty('result');
      await cluster.revoke(next.id);
      expect(await within(bot.closed, 'a close', appliedMs)).toEqual(ended);
      await using again = await socketOf(other, kept.token);
      const refused = await again.call('mutation', 'session.refresh', { token: next.token });
      expect(refused.error?.data.stagewire.code).toBe('UNAUTHENTICATED');
    });
  });

  describe('a session', () => {
    test('of one node is valid at the other one, and signed out there for both', async () => {
      const visitor = await signedIn(one);
      expect((await at(other, visitor).request(list)).status).toBe(200);
      await using socket = await visitor.socket();
      expect(await codeOf(socket)).toBeUndefined();
      const stream = await openRequest(one.port, {
        path: '/trpc/runs.feed?input=%7B%7D',
        headers: {
          host: new URL(cluster.publicUrl).host,
          cookie: visitor.cookie,
          'x-stagewire-csrf': '1',
        },
      });
      expect(stream.statusCode).toBe(200);
      const aborted = once(stream.resume(), 'error');
      const startedMs = performance.now();
      expect((await at(other, visitor).request('/session', { method: 'DELETE' })).status).toBe(204);
      expect(await within(socket.closed, 'a close', appliedMs)).toEqual(ended);
      expect(await within(aborted, 'the end of a stream', appliedMs)).toMatchObject([{ message: 'aborted' }]);
      expect(performance.now() - startedMs, 'timing: until both nodes know').toBeLessThan(900);
      expect(codeIn(await visitor.request(list))).toMatch(rejected);
    });

    test('ends at one node if its browser signs in again at the other one', async () => {
      const visitor = await signedIn(one);
      const before = visitor.cookie;
      const elsewhere = at(other, visitor);
      await elsewhere.signIn(key.token);
      expect(elsewhere.cookie).not.toBe(before);
      expect(codeIn(await visitor.request(list))).toMatch(rejected);
      expect((await at(one, elsewhere).request(list)).status).toBe(200);
    });

    test('ends with its key, which is revoked at another node', async () => {
      const visitor = await signedIn(one);
      await using socket = await at(other, visitor).socket();
      expect(await codeOf(socket)).toBeUndefined();
      await cluster.revoke(key.id);
      expect(await within(socket.closed, 'a close', appliedMs)).toEqual(ended);
      expect(codeIn(await at(one, visitor).request(list))).toMatch(rejected);
    });

    test('outlives the node at which it began', async () => {
      const brief = await cluster.join();
      const visitor = await signedIn(brief);
      await brief.stop();
      expect((await at(other, visitor).request(list)).status).toBe(200);
      const joined = await cluster.join();
      await using socket = await at(joined, visitor).socket();
      expect(await codeOf(socket)).toBeUndefined();
      await joined.stop();
    });
  });

  describe('a ticket', () => {
    test('of one node opens a socket at the other one', async () => {
      const visitor = await signedIn(one);
      const ticket = await visitor.ticket();
      await using socket = await at(other, visitor).socket({ ticket });
      expect(await codeOf(socket)).toBeUndefined();
    });

    test('opens one socket of many that race for it at both nodes', async () => {
      const visitor = await signedIn(one);
      const ticket = await visitor.ticket();
      const race = async (_: unknown, index: number) => {
        await using socket = await at(index % 2 === 0 ? one : other, visitor).socket({ ticket });
        return await codeOf(socket);
      };
      const codes = await Promise.all(Array.from({ length: 12 }, race));
      expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    });

    test('is of no use at another node for another session, without one, or after sign-out', async () => {
      const [visitor, stranger] = [await signedIn(one), await signedIn(one)];
      await using stolen = await at(other, stranger).socket({ ticket: await visitor.ticket() });
      expect(await codeOf(stolen)).toMatch(rejected);
      await using bare = await cluster.visitor(other).socket({ ticket: await visitor.ticket() });
      expect(await codeOf(bare)).toMatch(rejected);
      const ticket = await visitor.ticket();
      await at(other, visitor).request('/session', { method: 'DELETE' });
      await using late = await at(other, visitor).socket({ ticket });
      expect(await codeOf(late)).toMatch(rejected);
    });
  });

  describe('a link', () => {
    test('that was created at one node works at the other one, and ends at both when it is removed', async () => {
      const runId = await one.startRun(key.token);
      const link = await shareRun(one, key.token, { runId, may: 'control' });
      // The same command at the other node has the same link, since both have the same secret.
      await using far = await subscribedByLink(other, link.token, runId);
      await using near = await subscribedByLink(one, link.token, runId);
      const guest = cluster.visitor(other);
      expect((await guest.signIn(link.token)).status).toBe(200);
      await using socket = await at(one, guest).socket();
      const state = await socket.call('query', 'runs.get', { runId });
      expect(state).toHaveProperty('result');
      const unshare = { runId, commandId: randomUUID(), shareId: link.shareId };
      expect((await other.fetch('/trpc/runs.unshare', key.token, unshare)).status).toBe(200);
      for (const bot of [far, near, socket]) {
        expect(await within(bot.closed, 'a close', appliedMs)).toEqual(ended);
      }
      for (const node of [one, other]) {
        const input = encodeURIComponent(JSON.stringify({ runId }));
        expect((await node.fetch(`/trpc/runs.get?input=${input}`, link.token)).status).toBe(401);
        expect(codeIn(await at(node, guest).request(`/trpc/runs.get?input=${input}`))).toMatch(rejected);
      }
    });

    test('ends at every node when its run is deleted at one', async () => {
      const runId = await one.startRun(key.token);
      const link = await shareRun(other, key.token, { runId, may: 'read' });
      const cancel = { runId, commandId: randomUUID(), target: 'run' };
      expect((await other.fetch('/trpc/runs.cancel', key.token, cancel)).status).toBe(200);
      await using bot = await connect(other.port, bearer(link.token));
      const feed = bot.subscribe('runs.events', { runId });
      await bot.until(feed, 'run.cancelled');
      expect((await one.fetch('/trpc/runs.delete', key.token, { runId })).status).toBe(200);
      expect(await within(bot.closed, 'a close', appliedMs)).toEqual(ended);
    });
  });

  async function subscribedByLink(node: KeyedNode, token: string, runId: string): Promise<BareSocket> {
    const bot = await connect(node.port, bearer(token));
    await bot.until(bot.subscribe('runs.events', { runId }), 'run.started');
    return bot;
  }

  test('a deleted run is known as such to its owner at every node, and to no other', async () => {
    const runId = await one.startRun(key.token);
    await one.fetch('/trpc/runs.cancel', key.token, { runId, commandId: randomUUID(), target: 'run' });
    const remove = () => one.fetch('/trpc/runs.delete', key.token, { runId });
    await expect.poll(async () => (await remove()).status).toBe(200);
    const stranger = await cluster.key({ owner: 'stranger' });
    const input = encodeURIComponent(JSON.stringify({ runId }));
    const codeFor = async (token: string) =>
      /"stagewire":\{"code":"(\w+)"/.exec(
        await (await other.fetch(`/trpc/runs.get?input=${input}`, token)).text(),
      )?.[1];
    expect(await codeFor(key.token)).toBe('RUN_EXPIRED');
    expect(await codeFor(stranger.token)).toBe('RUN_NOT_FOUND');
  });

  test('the accesses of an administrator to runs of others, at any node, are audit records in the database', async () => {
    const runId = await one.startRun(key.token);
    const { token, id } = await admin();
    const input = encodeURIComponent(JSON.stringify({ runId }));
    for (const node of [one, other, other]) await node.fetch(`/trpc/runs.get?input=${input}`, token);
    const records = async () => {
      const { rows } = await database.query<{ times: number; procedure: string; actor: string }>(
        `SELECT actor, procedure, sum(times)::integer AS times FROM audit WHERE run_id = $1 GROUP BY 1, 2`,
        [runId],
      );
      return rows;
    };
    await expect
      .poll(records, { timeout: appliedMs.timeoutMs })
      .toEqual([{ actor: `key:${id}`, procedure: 'runs.get', times: 3 }]);
  });
});
