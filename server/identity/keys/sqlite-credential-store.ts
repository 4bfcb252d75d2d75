import type { StatementResultingChanges, StatementSync } from 'node:sqlite';
import type { AuditActor } from '../audit-trail.ts';
import { insertAudit, removeOldAudit } from '../sqlite-audit.ts';
import type { CredentialStore, StoredKey } from './credential-store.ts';
import { openAccessFile } from './access-file.ts';
import { keyOf } from './key-row.ts';
import type { AccessDatabase } from './open-access-database.ts';

/**
 * Keys in the SQLite database at this path. If its file is replaced, as by a backup that is restored, the new one is
 * used; if it is deleted, an empty one, which accepts no key.
 *
 * @param file A connection to this path that is shared; closed with the store.
 * @throws AccessUnusable, also by the methods.
 */
export function createSqliteCredentialStore(path: string, file = openAccessFile(path)): CredentialStore {
  let prepared = prepare(file.current());
  /** Changes by this connection, which `data_version` does not count. */
  let changes = 0;

  function current(): PreparedStore {
    const access = file.current();
    if (access !== prepared.access) {
      prepared = prepare(access);
      changes += 1;
    }
    return prepared;
  }

  return {
    async add(key, by) {
      const { access, insert, select } = current();
      changes += withAudit(access, { kind: 'create', by, key, atMs: key.createdAtMs }, () =>
        insert.run(
          key.id,
          key.hash,
          key.name,
          key.owner,
          key.kind,
          JSON.stringify(key.permissions),
          key.createdAtMs,
          key.expiresAtMs ?? null,
        ),
      );
      return keyOf(select.get(key.id)) ?? key;
    },
    find: async (id) => keyOf(current().select.get(id)),
    list: async () =>
      current()
        .selectAll.all()
        .flatMap((row) => keyOf(row) ?? []),
    async revoke(id, atMs, by) {
      const { access, revoke, select } = current();
      const key = keyOf(select.get(id));
      if (key === undefined) return undefined;
      changes += withAudit(access, { kind: 'revoke', by, key, atMs }, () => revoke.run(atMs, id));
      return keyOf(select.get(id));
    },
    async version() {
      const { access, dataVersion } = current();
      return `${access.identity} ${String(dataVersion.get()?.['data_version'])} ${changes}`;
    },
    close: async () => file.close(),
  };
}

/** A change of a key by an administrator. */
interface KeyChange {
  readonly kind: 'create' | 'revoke';
  readonly by: AuditActor | undefined;
  readonly key: Pick<StoredKey, 'id' | 'owner'>;
  readonly atMs: number;
}

/** Changes a key, and stores the record of it if anything has changed: both or none. Returns the number of changes. */
function withAudit(
  { database }: AccessDatabase,
  { kind, by, key, atMs }: KeyChange,
  change: () => StatementResultingChanges,
): number {
  database.exec('BEGIN IMMEDIATE');
  try {
    const changes = Number(change().changes);
    if (changes > 0 && by !== undefined) {
      const { id: subject, owner } = key;
      insertAudit(
        { database },
        { kind: 'key', actor: by, owner, procedure: `keys.${kind}`, subject },
        { atMs },
      );
      removeOldAudit({ database }, atMs);
    }
    database.exec('COMMIT');
    return changes;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

interface PreparedStore {
  readonly access: AccessDatabase;
  readonly insert: StatementSync;
  readonly select: StatementSync;
  readonly selectAll: StatementSync;
  readonly revoke: StatementSync;
  readonly dataVersion: StatementSync;
}

function prepare(access: AccessDatabase): PreparedStore {
  const { database } = access;
  return {
    access,
    insert: database.prepare(
      'INSERT INTO access_keys (id, hash, name, owner, kind, permissions, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    select: database.prepare('SELECT * FROM access_keys WHERE id = ?'),
    selectAll: database.prepare('SELECT * FROM access_keys ORDER BY created_at_ms DESC, id'),
    revoke: database.prepare(
      'UPDATE access_keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL',
    ),
    dataVersion: database.prepare('PRAGMA data_version'),
  };
}
