import type { CredentialStore, StoredKey } from '../../identity/keys/credential-store.ts';
import { keyOf } from '../../identity/keys/key-row.ts';
import type { Queries } from '../../log/postgres/session.ts';
import { queryTwice } from './access-queries.ts';
import type { AccessVersions } from './access-versions.ts';
import { createBatchedReads } from './batched-reads.ts';

export interface PostgresCredentialStoreOptions {
  readonly queries: Queries;
  readonly channel: string;
  readonly versions: Pick<AccessVersions, 'of' | 'expire'>;
}

/** Access keys in the database that all nodes share. All methods throw LogUnavailable. */
export function createPostgresCredentialStore(options: PostgresCredentialStoreOptions): CredentialStore {
  const { queries, channel, versions } = options;

  const find = createBatchedReads<StoredKey>({
    async read(ids) {
      const rows = await queryTwice(queries, {
        name: 'find-keys',
        text: 'SELECT * FROM access_keys WHERE id = ANY ($1)',
        values: [ids],
      });
      return new Map(rows.flatMap((row) => keyOf(row) ?? []).map((key) => [key.id, key]));
    },
  });

  return {
    async add(key) {
      // The snapshot of one statement does not have what it inserts.
      await queryTwice(queries, {
        text: `WITH added AS (
            INSERT INTO access_keys (id, hash, name, owner, kind, permissions, created_at_ms, expires_at_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id
          )
          SELECT access_changed_1($9, 'keys') FROM added`,
        values: [
          key.id,
          key.hash,
          key.name,
          key.owner,
          key.kind,
          JSON.stringify(key.permissions),
          key.createdAtMs,
          key.expiresAtMs ?? null,
          channel,
        ],
      });
      versions.expire();
      return (await find(key.id)) ?? key;
    },
    find,
    async list() {
      const text = 'SELECT * FROM access_keys ORDER BY created_at_ms DESC, id';
      return (await queryTwice(queries, { text })).flatMap((row) => keyOf(row) ?? []);
    },
    async revoke(id, atMs) {
      await queryTwice(queries, {
        text: `WITH revoked AS (
            UPDATE access_keys SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL RETURNING id
          )
          SELECT access_changed_1($3, 'keys') FROM revoked`,
        values: [atMs, id, channel],
      });
      versions.expire();
      return find(id);
    },
    version: () => versions.of('keys'),
    close: () => Promise.resolve(),
  };
}
