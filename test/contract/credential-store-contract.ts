import { describe, expect, test } from 'vitest';
import type { CredentialStore, StoredKey } from '../../server/identity/keys/credential-store.ts';

export const storedKey = (id: string, rest: Partial<StoredKey> = {}): StoredKey => ({
  id: id.padStart(16, '0'),
  hash: 'ab'.repeat(32),
  name: 'ada',
  owner: 'team',
  kind: 'bot',
  permissions: ['runs:read', 'admin'],
  createdAtMs: 1000,
  ...rest,
});

/** A store of access keys. @param open An empty one. */
export function credentialStoreContract(open: () => CredentialStore | Promise<CredentialStore>): void {
  describe('the store of access keys', () => {
    test('returns a key as it was stored, and nothing for an unknown id', async () => {
      const store = await open();
      const whole = storedKey('1', { expiresAtMs: 5000 });
      expect(await store.add(whole)).toEqual(whole);
      expect(await store.find(whole.id)).toEqual(whole);
      expect(await store.find('2'.padStart(16, '0'))).toBeUndefined();
      await store.close();
      await store.close();
    });

    test('keeps the first key of an id', async () => {
      const store = await open();
      await store.add(storedKey('1'));
      expect(await store.add(storedKey('1', { owner: 'thief', hash: 'cd'.repeat(32) }))).toEqual(
        storedKey('1'),
      );
      expect(await store.list()).toEqual([storedKey('1')]);
      await store.close();
    });

    test('lists the newest key first', async () => {
      const store = await open();
      for (const [id, createdAtMs] of [
        ['1', 10],
        ['3', 30],
        ['2', 20],
      ] as const) {
        await store.add(storedKey(id, { createdAtMs }));
      }
      expect((await store.list()).map(({ createdAtMs }) => createdAtMs)).toEqual([30, 20, 10]);
      await store.close();
    });

    test('revokes a key once, and keeps the instant', async () => {
      const store = await open();
      await store.add(storedKey('1'));
      const revoked = storedKey('1', { revokedAtMs: 7 });
      expect(await store.revoke(revoked.id, 7)).toEqual(revoked);
      expect(await store.revoke(revoked.id, 9)).toEqual(revoked);
      expect(await store.find(revoked.id)).toEqual(revoked);
      expect(await store.revoke('2'.padStart(16, '0'), 9)).toBeUndefined();
      await store.close();
    });

    test('has another version after each change, and the same without one', async () => {
      const store = await open();
      const versions = [await store.version(), await store.version()];
      await store.add(storedKey('1'));
      versions.push(await store.version());
      await store.revoke(storedKey('1').id, 7);
      versions.push(await store.version(), await store.version());
      expect(versions[0]).toBe(versions[1]);
      expect(versions[3]).toBe(versions[4]);
      expect(new Set(versions).size).toBe(3);
      await store.close();
    });
  });
}
