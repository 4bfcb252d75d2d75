import { sessionOf } from '../../identity/sessions/session-row.ts';
import type { SessionStore, StoredSession } from '../../identity/sessions/session-store.ts';
import { storable } from '../../log/postgres/events-read.ts';
import type { Queries } from '../../log/postgres/session.ts';
import { queryTwice } from './access-queries.ts';
import type { AccessVersions } from './access-versions.ts';
import { createBatchedReads } from './batched-reads.ts';

export interface PostgresSessionStoreOptions {
  readonly queries: Queries;
  readonly channel: string;
  readonly versions: Pick<AccessVersions, 'of' | 'expire'>;
}

/** Sessions in the database that all nodes share; their limits apply to all nodes together. All methods throw LogUnavailable. */
export function createPostgresSessionStore(options: PostgresSessionStoreOptions): SessionStore {
  const { queries, channel, versions } = options;

  const find = createBatchedReads<StoredSession>({
    async read(hashes) {
      const rows = await queryTwice(queries, {
        name: 'find-sessions',
        text: 'SELECT hash, principal, created_at_ms, expires_at_ms FROM sessions WHERE hash = ANY ($1)',
        values: [hashes],
      });
      return new Map(rows.flatMap((row) => sessionOf(row) ?? []).map((session) => [session.hash, session]));
    },
  });

  return {
    async add({ hash, principal, createdAtMs, expiresAtMs }, { maxSessionsPerOwner, maxSessions }) {
      const { owner, link } = principal;
      await queryTwice(queries, {
        name: 'add-session',
        text: 'SELECT add_session_1($1, $2, $3, $4, $5, $6, $7, $8, $9)',
        values: [
          channel,
          hash,
          JSON.stringify(principal),
          storable(owner),
          link !== undefined,
          createdAtMs,
          expiresAtMs,
          maxSessionsPerOwner,
          maxSessions,
        ],
      });
      versions.expire();
    },
    find,
    async remove(hash) {
      await queryTwice(queries, {
        name: 'remove-session',
        text: 'SELECT remove_session_1($1, $2)',
        values: [channel, hash],
      });
      versions.expire();
    },
    version: () => versions.of('sessions'),
  };
}
