import type { StatementSync } from 'node:sqlite';
import { Permission } from '@stagewire/shared/primitives';
import type { CredentialStore, StoredKey } from './credential-store.ts';
import { identityOf, openAccessDatabase } from './open-access-database.ts';

/**
 * Keys in the SQLite database at this path. If its file is replaced, as by a backup that is restored, the new one is
 * used; if it is deleted, an empty one, which accepts no key.
 *
 * @throws AccessUnusable, also by the methods.
 */
export function createSqliteCredentialStore(path: string): CredentialStore {
  let opened = open(path);
  /** Changes by this connection, which `data_version` does not count. */
  let changes = 0;
  let isClosed = false;

  function current(): OpenStore {
    if (identityOf(path) !== opened.identity) {
      const former = opened;
      opened = open(path);
      former.close();
      changes += 1;
    }
    return opened;
  }

  return {
    async add(key) {
      const { insert, select } = current();
      const { changes: added } = insert.run(
        key.id,
        key.hash,
        key.name,
        key.owner,
        key.kind,
        JSON.stringify(key.permissions),
        key.createdAtMs,
        key.expiresAtMs ?? null,
      );
      changes += Number(added);
      return keyOf(select.get(key.id)) ?? key;
    },
    find: async (id) => keyOf(current().select.get(id)),
    list: async () =>
      current()
        .selectAll.all()
        .flatMap((row) => keyOf(row) ?? []),
    async revoke(id, atMs) {
      const { revoke, select } = current();
      changes += Number(revoke.run(atMs, id).changes);
      return keyOf(select.get(id));
    },
    async version() {
      const { identity, dataVersion } = current();
      return `${identity} ${String(dataVersion.get()?.['data_version'])} ${changes}`;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      opened.close();
    },
  };
}

interface OpenStore {
  readonly identity: string;
  readonly insert: StatementSync;
  readonly select: StatementSync;
  readonly selectAll: StatementSync;
  readonly revoke: StatementSync;
  readonly dataVersion: StatementSync;
  close(): void;
}

function open(path: string): OpenStore {
  const { database, identity } = openAccessDatabase(path);
  return {
    identity,
    insert: database.prepare(
      'INSERT INTO access_keys (id, hash, name, owner, kind, permissions, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    select: database.prepare('SELECT * FROM access_keys WHERE id = ?'),
    selectAll: database.prepare('SELECT * FROM access_keys ORDER BY created_at_ms DESC, id'),
    revoke: database.prepare(
      'UPDATE access_keys SET revoked_at_ms = ? WHERE id = ? AND revoked_at_ms IS NULL',
    ),
    dataVersion: database.prepare('PRAGMA data_version'),
    close: () => database.close(),
  };
}

function keyOf(row: Readonly<Record<string, unknown>> | undefined): StoredKey | undefined {
  if (row === undefined) return undefined;
  const expiresAtMs = row['expires_at_ms'];
  const revokedAtMs = row['revoked_at_ms'];
  return {
    id: String(row['id']),
    hash: String(row['hash']),
    name: String(row['name']),
    owner: String(row['owner']),
    kind: row['kind'] === 'bot' ? 'bot' : 'user',
    permissions: permissionsIn(String(row['permissions'])),
    createdAtMs: Number(row['created_at_ms']),
    ...(expiresAtMs !== null && { expiresAtMs: Number(expiresAtMs) }),
    ...(revokedAtMs !== null && { revokedAtMs: Number(revokedAtMs) }),
  };
}

/** Those that this version knows: a permission of a later version gives nothing. */
function permissionsIn(json: string): readonly Permission[] {
  const names: unknown = JSON.parse(json);
  return Array.isArray(names) ? Permission.options.filter((name) => names.includes(name)) : [];
}
