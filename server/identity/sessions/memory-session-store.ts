import { isOfSameHolder, type SessionStore, type StoredSession } from './session-store.ts';

/** Sessions in memory, until the process ends: for tests, and for programs that start a server. */
export function createMemorySessionStore(): SessionStore {
  /** The oldest first. */
  const sessions = new Map<string, StoredSession>();
  let removals = 0;

  function removeOldest(isCounted: (session: StoredSession) => boolean, max: number): void {
    const counted = [...sessions.values()].filter(isCounted);
    for (const { hash } of counted.slice(0, Math.max(0, counted.length - max))) {
      sessions.delete(hash);
      removals += 1;
    }
  }

  return {
    async add(session, { maxSessionsPerOwner, maxSessions }) {
      for (const { hash, expiresAtMs } of sessions.values()) {
        if (expiresAtMs <= session.createdAtMs) sessions.delete(hash);
      }
      sessions.set(session.hash, session);
      removeOldest((it) => isOfSameHolder(it.principal, session.principal), maxSessionsPerOwner);
      removeOldest(() => true, maxSessions);
    },
    find: async (hash) => sessions.get(hash),
    async remove(hash) {
      if (sessions.delete(hash)) removals += 1;
    },
    version: async () => String(removals),
  };
}
