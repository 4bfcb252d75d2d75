import type { StatementSync } from 'node:sqlite';
import type { AccessFile } from '../keys/access-file.ts';
import type { AccessDatabase } from '../keys/open-access-database.ts';
import type { SessionStore } from './session-store.ts';
import { sessionOf } from './session-row.ts';

/**
 * Sessions in `access.db`.
 *
 * @throws AccessUnusable, also by the methods.
 */
export function createSqliteSessionStore(file: AccessFile): SessionStore {
  let prepared = prepare(file.current());
  /** Removals by this connection, which `data_version` does not count. */
  let removals = 0;

  function current(): PreparedStore {
    const access = file.current();
    if (access !== prepared.access) {
      prepared = prepare(access);
      removals += 1;
    }
    return prepared;
  }

  return {
    async add(session, { maxSessionsPerOwner, maxSessions }) {
      const { access, insert, removeExpired, count, countOf, removeOldest, removeOldestOf } = current();
      const { hash, principal, createdAtMs, expiresAtMs } = session;
      const { database } = access;
      // One commit, which waits for the disk.
      database.exec('BEGIN IMMEDIATE');
      try {
        removeExpired.run(createdAtMs);
        insert.run(hash, JSON.stringify(principal), createdAtMs, expiresAtMs);
        let total = Number(count.get()?.['total']);
        if (total > maxSessionsPerOwner) {
          const holder = [principal.owner, principal.link === undefined ? 0 : 1];
          const excess = Number(countOf.get(...holder)?.['total']) - maxSessionsPerOwner;
          if (excess > 0) {
            removals += Number(removeOldestOf.run(...holder, excess).changes);
            total -= excess;
          }
        }
        if (total > maxSessions) removals += Number(removeOldest.run(total - maxSessions).changes);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    find: async (hash) => sessionOf(current().select.get(hash)),
    async remove(hash) {
      removals += Number(current().remove.run(hash).changes);
    },
    async version() {
      const { access, dataVersion } = current();
      return `${access.identity} ${String(dataVersion.get()?.['data_version'])} ${removals}`;
    },
  };
}

interface PreparedStore {
  readonly access: AccessDatabase;
  readonly insert: StatementSync;
  readonly select: StatementSync;
  readonly remove: StatementSync;
  readonly removeExpired: StatementSync;
  readonly count: StatementSync;
  readonly countOf: StatementSync;
  readonly removeOldest: StatementSync;
  readonly removeOldestOf: StatementSync;
  readonly dataVersion: StatementSync;
}

/** The sessions of an owner, or of the links to its runs. */
const ofHolder =
  "FROM sessions WHERE json_extract(principal, '$.owner') = ? AND (json_type(principal, '$.link') IS NOT NULL) = ?";

/** Of equally old ones, the order is that of their hashes, which are random. */
const oldest = 'ORDER BY created_at_ms, hash DESC LIMIT ?';

function prepare(access: AccessDatabase): PreparedStore {
  const { database } = access;
  return {
    access,
    insert: database.prepare(
      'INSERT INTO sessions (hash, principal, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)',
    ),
    select: database.prepare('SELECT * FROM sessions WHERE hash = ?'),
    remove: database.prepare('DELETE FROM sessions WHERE hash = ?'),
    removeExpired: database.prepare('DELETE FROM sessions WHERE expires_at_ms <= ?'),
    count: database.prepare('SELECT count(*) AS total FROM sessions'),
    countOf: database.prepare(`SELECT count(*) AS total ${ofHolder}`),
    removeOldest: database.prepare(
      `DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions ${oldest})`,
    ),
    removeOldestOf: database.prepare(
      `DELETE FROM sessions WHERE hash IN (SELECT hash ${ofHolder} ${oldest})`,
    ),
    dataVersion: database.prepare('PRAGMA data_version'),
  };
}
