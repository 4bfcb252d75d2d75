import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { channelName } from '../../server/log/postgres/lock-key.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { connect } from '../support/bare-socket.ts';
import { codeIn, rejected, type BrowserPeer } from '../support/browser-peer.ts';
import { startKeyedCluster, type KeyedCluster, type KeyedNode } from '../support/keyed-cluster.ts';
import { bearer, codeOf, list, socketOf } from '../support/keyed-peers.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { shareRun } from '../support/share-run.ts';
import { within } from '../support/until.ts';

const appliedMs = { timeoutMs: 5000 };
const ended = { code: 4401, reason: expect.stringMatching(/^UNAUTHENTICATED: The /) as string };

describePostgres((given) => {
  let cluster: KeyedCluster;
  let one: KeyedNode;
  let other: KeyedNode;
  let key: Awaited<ReturnType<KeyedCluster['key']>>;
  let database: pg.Client;

  beforeAll(async () => {
    cluster = await startKeyedCluster(given, { schema: given.nextSchema() });
    ({ one, other, database } = cluster);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    key = await cluster.key({ owner: `owner-${randomUUID()}` });
  });

  const at = (node: KeyedNode, visitor: BrowserPeer) => cluster.visitor(node, visitor.cookie);

  const signedIn = (node: KeyedNode) => cluster.signedIn(node, key.token);

  describe('while a node cannot reach the database', () => {
    test('it accepts no one, says that a retry may succeed, and keeps what it has accepted', async () => {
      const visitor = await signedIn(one);
      const runId = await one.startRun(key.token);
      const link = await shareRun(one, key.token, { runId, may: 'read' });
      const ticket = await visitor.ticket();
      await using kept = await socketOf(other, key.token);
      using healed = new DisposableStack();
      healed.defer(() => other.cut(false));
      other.cut(true);
      const stranger = `swk_${'ab'.repeat(8)}_${'cd'.repeat(32)}`;
      const codes = await Promise.all([
        ...[key.token, stranger, link.token].map(async (token) => bodyOf(await other.fetch(list, token))),
        at(other, visitor).request(list),
        at(other, visitor).request('/session/ticket', { method: 'POST' }),
        cluster.visitor(other).request('/session', { body: { token: key.token } }),
      ]);
      expect(codes.map(({ body }) => codeIn({ body }))).toEqual(Array(6).fill('OVERLOADED'));
      for (const { body } of codes) expect(body).toContain('"retryable":true');
      await using byKey = await connect(other.port, bearer(key.token));
      await using byTicket = await at(other, visitor).socket({ ticket });
      // A rejected socket is closed soon.
      expect(await Promise.all([byKey, byTicket].map(codeOf))).toEqual(['OVERLOADED', 'OVERLOADED']);
      for (const { closed } of [byKey, byTicket]) {
        expect(await within(closed, 'a close')).toEqual({ code: 1013, reason: 'OVERLOADED' });
      }
      expect(kept.socket.readyState).toBe(kept.socket.OPEN);
      await cluster.revoke(key.id);
      other.cut(false);
      expect(await within(kept.closed, 'a close', appliedMs)).toEqual(ended);
      expect((await other.fetch(list, (await cluster.key()).token)).status).toBe(200);
      expect(other.logged.join('\n')).not.toContain(key.token.slice(21));
    });

    test('a revocation of that time is applied when it is connected again', async () => {
      await using bot = await socketOf(other, key.token);
      other.link.reset();
      await cluster.revoke(key.id);
      expect(await within(bot.closed, 'a close', appliedMs)).toEqual(ended);
    });

    test('a session that a restored database does not have ends, although no version has changed', async () => {
      const visitor = await signedIn(one);
      await using socket = await at(other, visitor).socket();
      expect(await codeOf(socket)).toBeUndefined();
      const hash = createHash('sha256')
        .update(visitor.cookie.split('=')[1] ?? '')
        .digest('hex');
      expect((await database.query('DELETE FROM sessions WHERE hash = $1', [hash])).rowCount).toBe(1);
      other.link.reset();
      expect(await within(socket.closed, 'a close', appliedMs)).toEqual(ended);
    });
  });

  describe('races between nodes', () => {
    test('a key that is revoked while it signs in leaves no session', async () => {
      for (let round = 0; round < 10; round += 1) {
        const brief = await cluster.key();
        const visitors = [one, other, one, other].map((node) => cluster.visitor(node));
        await Promise.all([
          ...visitors.map((visitor) => visitor.signIn(brief.token)),
          cluster.revoke(brief.id),
        ]);
        for (const visitor of visitors) {
          const answer = await at(other, visitor).request(list);
          expect(codeIn(answer)).toMatch(rejected);
        }
      }
    });

    test('a socket that is opened while its session signs out elsewhere does not stay open', async () => {
      for (let round = 0; round < 8; round += 1) {
        const visitor = await signedIn(one);
        const ticket = await visitor.ticket();
        const [socket] = await Promise.all([
          at(other, visitor).socket({ ticket }),
          at(one, visitor).request('/session', { method: 'DELETE' }),
        ]);
        // 4429 if so many attempts have failed that they are limited.
        expect((await within(socket.closed, 'a close', appliedMs)).code).toBeOneOf([4401, 4429]);
      }
    });

    test('two sign-ins with one cookie at both nodes end its session, and give two others', async () => {
      const visitor = await signedIn(one);
      const both = [at(one, visitor), at(other, visitor)];
      await Promise.all(both.map((peer) => peer.signIn(key.token)));
      expect(new Set([visitor, ...both].map(({ cookie }) => cookie)).size).toBe(3);
      expect(codeIn(await at(other, visitor).request(list))).toMatch(rejected);
      for (const peer of both) expect((await peer.request(list)).status).toBe(200);
    });

    test('of two keys with one id and another secret, one counts at both nodes', async () => {
      const { token } = await cluster.key({ permissions: ['admin'] });
      const id = randomBytes(8).toString('hex');
      const texts = [1, 2].map(() => `swk_${id}_${randomBytes(32).toString('hex')}`);
      const created = await Promise.all(
        texts.map((text, index) =>
          [one, other][index]!.fetch('/trpc/keys.create', token, {
            id,
            hash: createHash('sha256').update(text).digest('hex'),
            name: `the ${index}`,
          }),
        ),
      );
      expect(created.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      for (const [index, text] of texts.entries()) {
        const isFirst = created[index]?.status === 200;
        for (const node of [one, other]) {
          expect((await node.fetch(list, text)).status).toBeOneOf(isFirst ? [200] : [401, 429]);
        }
      }
    });

    test('a link that is removed while it signs in elsewhere leaves no session', async () => {
      const runId = await one.startRun(key.token);
      const link = await shareRun(one, key.token, { runId, may: 'control' });
      const guest = cluster.visitor(other);
      const unshare = { runId, commandId: randomUUID(), shareId: link.shareId };
      await Promise.all([guest.signIn(link.token), one.fetch('/trpc/runs.unshare', key.token, unshare)]);
      const input = encodeURIComponent(JSON.stringify({ runId }));
      for (const node of [one, other]) {
        expect(codeIn(await at(node, guest).request(`/trpc/runs.get?input=${input}`))).toMatch(rejected);
      }
    });
  });

  describe('a node whose clock is wrong', () => {
    test.each([
      ['an hour ahead', 3_600_000],
      ['a day behind', -86_400_000],
    ])(
      '%s ends no session, keeps no expired key, and its tickets are as good as others',
      async (_what, offMs) => {
        const visitor = await signedIn(one);
        const clock = {
          ...systemClock,
          now: () => systemClock.now() + offMs,
          wall: () => systemClock.wall() + offMs,
        };
        const wrong = await cluster.join({ clock });
        const expired = await cluster.key({ expiresAt: new Date(Date.now() + 300).toISOString() });
        const own = cluster.visitor(wrong);
        expect((await own.signIn(key.token)).status).toBe(200);
        expect((await at(other, own).request(list)).status).toBe(200);
        expect((await at(other, visitor).request(list)).status).toBe(200);
        for (const [from, to] of [
          [wrong, other],
          [other, wrong],
        ] as const) {
          const ticket = await at(from, own).ticket();
          await using socket = await at(to, own).socket({ ticket });
          expect(await codeOf(socket)).toBeUndefined();
        }
        await expect.poll(async () => (await wrong.fetch(list, expired.token)).status).toBeOneOf([401, 429]);
        await wrong.stop();
      },
    );
  });

  describe('another cluster in the same database', () => {
    test('accepts nothing of this one', async () => {
      await using foreign = await startKeyedCluster(given, { schema: given.nextSchema() });
      const visitor = await signedIn(one);
      const runId = await one.startRun(key.token);
      const link = await shareRun(one, key.token, { runId, may: 'control' });
      const ticket = await visitor.ticket();
      for (const token of [key.token, link.token]) {
        expect((await foreign.one.fetch(list, token)).status).toBeOneOf([401, 429]);
      }
      const there = foreign.visitor(foreign.one);
      there.cookie = visitor.cookie.replace(/^[^=]+/, `stagewire-session-${new URL(foreign.publicUrl).port}`);
      expect(codeIn(await there.request(list))).toMatch(rejected);
      await using socket = await there.socket({ ticket });
      expect(await codeOf(socket)).toMatch(rejected);
      // The ticket was not used up there.
      await using own = await visitor.socket({ ticket });
      expect(await codeOf(own)).toBeUndefined();
    });
  });

  describe('what others in the database send', () => {
    test('cannot end an identity, nor keep a node from working', async () => {
      await using bot = await socketOf(other, key.token);
      const { rows } = await database.query<{ cluster_id: string }>('SELECT cluster_id FROM meta');
      const channel = channelName(`${cluster.schema}/${rows[0]?.cluster_id}`);
      const messages = ['i', 'i ', 'i keys', 'i sessions\nrubbish', `i ${key.id}`, 'i \u0001', 'z 1'];
      for (let round = 0; round < 100; round += 1) {
        await database.query('SELECT pg_notify($1, m) FROM unnest($2::text[]) AS m', [channel, messages]);
      }
      expect(await codeOf(bot)).toBeUndefined();
      expect((await other.fetch(list, key.token)).status).toBe(200);
    });

    test('names that look like SQL are names', async () => {
      const { token } = await cluster.key({ permissions: ['admin'] });
      const name = `x'); DROP TABLE sessions; --`;
      const owner = `"; DELETE FROM access_keys; --`;
      const [id, hash] = [randomBytes(8).toString('hex'), randomBytes(32).toString('hex')];
      const created = await one.fetch('/trpc/keys.create', token, { id, hash, name, owner });
      expect(created.status).toBe(200);
      const shown = await (await other.fetch('/trpc/keys.list', token)).text();
      expect(shown).toContain(JSON.stringify(name));
      const named = await cluster.key({ name, owner });
      const visitor = cluster.visitor(other);
      expect((await visitor.signIn(named.token)).status).toBe(200);
      expect((await at(one, visitor).request(list)).status).toBe(200);
    });

    test('permissions of a later version give nothing', async () => {
      await database.query(`UPDATE access_keys SET permissions = '["runs:fly","runs:read"]' WHERE id = $1`, [
        key.id,
      ]);
      expect((await other.fetch(list, key.token)).status).toBe(200);
      expect((await other.fetch('/trpc/keys.list', key.token)).status).toBe(403);
      await database.query(`UPDATE access_keys SET permissions = '{"admin":true}' WHERE id = $1`, [key.id]);
      expect((await other.fetch(list, key.token)).status).toBe(403);
    });
  });

  test('many unknown keys at once are rejected, and do not keep those with a key from working', async () => {
    const attack = Array.from({ length: 200 }, () =>
      other.fetch(list, `swk_${randomBytes(8).toString('hex')}_${randomBytes(32).toString('hex')}`),
    );
    expect(await other.startRun(key.token)).toMatch(/^run_/);
    for (const { status } of await Promise.all(attack)) expect([401, 429]).toContain(status);
  });
});

async function bodyOf(response: Response): Promise<{ readonly body: string }> {
  return { body: await response.text() };
}
