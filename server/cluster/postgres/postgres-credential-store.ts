import type { AuditActor } from '../../identity/audit-trail.ts';
import type { CredentialStore, StoredKey } from '../../identity/keys/credential-store.ts';
import { keyOf } from '../../identity/keys/key-row.ts';
import { storable } from '../../log/postgres/events-read.ts';
import type { Queries } from '../../log/postgres/session.ts';
import { queryTwice } from './access-queries.ts';
import type { AccessVersions } from './access-versions.ts';
import { createBatchedReads } from './batched-reads.ts';

export interface PostgresCredentialStoreOptions {
  readonly queries: Queries;
  readonly channel: string;
  readonly versions: Pick<AccessVersions, 'of' | 'expire'>;
  /** For audit records. */
  readonly nodeName: string;
}

/** Access keys in the database that all nodes share. All methods throw LogUnavailable. */
export function createPostgresCredentialStore(options: PostgresCredentialStoreOptions): CredentialStore {
  const { queries, channel, versions, nodeName } = options;

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
    async add(key, by) {
      // The snapshot of one statement does not have what it inserts.
      await queryTwice(queries, {
        text: `WITH added AS (
            INSERT INTO access_keys (id, hash, name, owner, kind, permissions, created_at_ms, expires_at_ms)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING RETURNING id, owner
          ), ${audited('added', { procedure: 'keys.create', from: 10 })}
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
          ...auditValues(nodeName, by),
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
    async revoke(id, atMs, by) {
      await queryTwice(queries, {
        text: `WITH revoked AS (
            UPDATE access_keys SET revoked_at_ms = $1 WHERE id = $2 AND revoked_at_ms IS NULL RETURNING id, owner
          ), ${audited('revoked', { procedure: 'keys.revoke', from: 4 })}
          SELECT access_changed_1($3, 'keys') FROM revoked`,
        values: [atMs, id, channel, ...auditValues(nodeName, by)],
      });
      versions.expire();
      return find(id);
    },
    version: () => versions.of('keys'),
    close: () => Promise.resolve(),
  };
}

/** A part of the statement that has changed a key: the record of who did it, unless nothing has changed. */
function audited(
  changed: string,
  { procedure, from }: { readonly procedure: string; readonly from: number },
): string {
  return `audited AS (
            INSERT INTO audit (at, node, actor, actor_name, owner, procedure, kind, subject)
            SELECT clock_timestamp(), $${from}::text, $${from + 1}::text, $${from + 2}::text, owner, '${procedure}', 'key', id FROM ${changed}
            WHERE $${from + 1}::text IS NOT NULL
          )`;
}

function auditValues(nodeName: string, by: AuditActor | undefined): readonly (string | null)[] {
  return [
    nodeName,
    by === undefined ? null : storable(by.id),
    by?.name === undefined ? null : storable(by.name),
  ];
}
