import { describe, expect, test } from 'vitest';
import type { SessionStore, StoredSession } from '../../server/identity/sessions/session-store.ts';

export const sessionLimits = { maxSessionsPerOwner: 3, maxSessions: 5 };
export const sessionHash = (n: number) => n.toString(16).padStart(64, '0');

export function storedSession(
  n: number,
  rest: Partial<StoredSession> & { readonly owner?: string } = {},
): StoredSession {
  const { owner = 'team', ...more } = rest;
  return {
    hash: sessionHash(n),
    principal: {
      actor: { id: 'key:0123456789abcdef', kind: 'user', name: 'Ada' },
      owner,
      permissions: ['runs:read', 'admin'],
      credential: 'key:0123456789abcdef',
      expiresAtMs: 9e12,
    },
    createdAtMs: 1000 + n,
    expiresAtMs: 100_000,
    ...more,
  };
}

export async function keptSessions(store: SessionStore, count: number): Promise<number[]> {
  const found = await Promise.all(Array.from({ length: count }, (_, n) => store.find(sessionHash(n))));
  return found.flatMap((it, n) => (it === undefined ? [] : [n]));
}

/** A store of sessions. @param open An empty one. */
export function sessionStoreContract(open: () => SessionStore | Promise<SessionStore>): void {
  describe('the store of sessions', () => {
    test('returns a session as it was stored, and nothing for another hash', async () => {
      const store = await open();
      const link = { runId: 'run_0123456789abcdef', shareId: 'ab'.repeat(8), may: 'read' } as const;
      const whole = storedSession(1, {
        principal: {
          actor: { id: 'share:1', kind: 'user' },
          owner: 'a',
          owners: ['a', 'b'],
          permissions: [],
          link,
        },
      });
      await store.add(whole, sessionLimits);
      await store.add(storedSession(2), sessionLimits);
      expect(await store.find(whole.hash)).toEqual(whole);
      expect(await store.find(sessionHash(2))).toEqual(storedSession(2));
      expect(await store.find(sessionHash(3))).toBeUndefined();
      await store.remove(whole.hash);
      await store.remove(whole.hash);
      expect(await store.find(whole.hash)).toBeUndefined();
    });

    test('has another version after a removal, and the same after a sign-in', async () => {
      const store = await open();
      const before = await store.version();
      await store.add(storedSession(1), sessionLimits);
      await store.remove(sessionHash(2));
      expect(await store.version()).toBe(before);
      await store.remove(sessionHash(1));
      expect(await store.version()).not.toBe(before);
    });

    test('removes the oldest of an owner above its limit, which ends no session of another one', async () => {
      const store = await open();
      await store.add(storedSession(0, { owner: 'other' }), sessionLimits);
      for (let n = 1; n <= 4; n += 1) await store.add(storedSession(n), sessionLimits);
      const version = await store.version();
      expect(await keptSessions(store, 6)).toEqual([0, 2, 3, 4]);
      await store.add(storedSession(5), sessionLimits);
      expect(await keptSessions(store, 6)).toEqual([0, 3, 4, 5]);
      expect(await store.version()).not.toBe(version);
    });

    // So many links as an owner creates: they must not end the sessions of other owners.
    test('counts the sessions of all links of an owner together, apart from those of the owner', async () => {
      const store = await open();
      await store.add(storedSession(0), sessionLimits);
      for (let n = 1; n <= 4; n += 1) {
        const link = { runId: 'run_0123456789abcdef', shareId: `${n}`.repeat(16), may: 'read' } as const;
        await store.add(
          storedSession(n, { principal: { ...storedSession(0).principal, permissions: [], link } }),
          sessionLimits,
        );
      }
      expect(await keptSessions(store, 6)).toEqual([0, 2, 3, 4]);
    });

    test('removes the oldest of all above the limit', async () => {
      const store = await open();
      for (let n = 0; n < 7; n += 1)
        await store.add(storedSession(n, { owner: `owner ${n}` }), sessionLimits);
      expect(await keptSessions(store, 7)).toEqual([2, 3, 4, 5, 6]);
    });

    test('removes those that have expired, which do not count', async () => {
      const store = await open();
      for (let n = 0; n < 3; n += 1) await store.add(storedSession(n, { expiresAtMs: 2000 }), sessionLimits);
      await store.add(storedSession(3, { createdAtMs: 2000 }), sessionLimits);
      expect(await keptSessions(store, 4)).toEqual([3]);
    });
  });
}
