import type { CredentialStore, StoredKey } from './credential-store.ts';

/** Keys in memory, until the process ends: for tests, and for programs that start a server. */
export function createMemoryCredentialStore(): CredentialStore {
  const keys = new Map<string, StoredKey>();
  let changes = 0;
  return {
    async add(key) {
      const known = keys.get(key.id);
      if (known !== undefined) return known;
      changes += 1;
      keys.set(key.id, key);
      return key;
    },
    find: async (id) => keys.get(id),
    list: async () => [...keys.values()].toSorted(newestFirst),
    async revoke(id, atMs) {
      const key = keys.get(id);
      if (key?.revokedAtMs !== undefined || key === undefined) return key;
      changes += 1;
      const revoked = { ...key, revokedAtMs: atMs };
      keys.set(id, revoked);
      return revoked;
    },
    version: async () => String(changes),
    close: () => Promise.resolve(),
  };
}

function newestFirst(one: StoredKey, other: StoredKey): number {
  return other.createdAtMs - one.createdAtMs || (one.id < other.id ? -1 : 1);
}
