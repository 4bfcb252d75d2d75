import type { AccessStores } from '../../identity/access-stores.ts';
import type { AuditTrail } from '../../identity/audit-trail.ts';
import { LogUnavailable } from '../../log/event-log.ts';
import type { Database } from '../../log/postgres/database.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createAccessQueries, queryTwice } from './access-queries.ts';
import { createAccessVersions } from './access-versions.ts';
import { createPostgresCredentialStore } from './postgres-credential-store.ts';
import { createPostgresSessionStore } from './postgres-session-store.ts';
import { createPostgresSharedRuns } from './postgres-shared-runs.ts';
import { createPostgresTickets } from './postgres-tickets.ts';

export interface PostgresAccessOptions {
  readonly database: Pick<Database, 'channel' | 'openSession' | 'subscribe' | 'onConnected'>;
  readonly clock: Pick<Clock, 'now' | 'elapsed'>;
  /** For audit records. */
  readonly nodeName: string;
  readonly audit: AuditTrail;
  /** A source of random bytes that cannot be predicted. */
  readonly randomBytes: (count: number) => Buffer;
  /** How long connections stay open while the database cannot be read, in milliseconds. @default 60000 */
  readonly maxUncheckedMs?: number;
}

/** Limit of a statement about callers, its response included, in milliseconds. */
const statementTimeoutMs = 5000;
const secretPurpose = 'links';
const secretBytes = 32;
/** Reads that one statement can have. */
const readsAtOnce = 500;

/** The stores of all nodes of a cluster, in its database, over one connection of this node. */
export function createPostgresAccess(options: PostgresAccessOptions): AccessStores {
  const { database, clock, randomBytes, nodeName, audit, maxUncheckedMs = 60_000 } = options;
  const { channel } = database;
  const session = database.openSession({ timeoutMs: statementTimeoutMs });
  const queries = createAccessQueries({ session, clock });
  const versions = createAccessVersions({ clock, queries, database });

  return {
    credentials: createPostgresCredentialStore({ queries, channel, versions, nodeName }),
    sessions: createPostgresSessionStore({ queries, channel, versions }),
    audit,
    tickets: createPostgresTickets({ queries, clock, randomBytes }),
    sharedRuns: createPostgresSharedRuns(queries),
    async linkSecret() {
      await queryTwice(queries, {
        text: 'INSERT INTO secrets (purpose, secret) VALUES ($1, $2) ON CONFLICT (purpose) DO NOTHING',
        values: [secretPurpose, randomBytes(secretBytes)],
      });
      const text = 'SELECT secret FROM secrets WHERE purpose = $1';
      const [row] = await queryTwice(queries, { text, values: [secretPurpose] });
      const secret = row?.['secret'];
      if (secret instanceof Uint8Array && secret.length === secretBytes) return Buffer.from(secret);
      throw new Error(`the secret for ${secretPurpose} in the database is not what was written`);
    },
    onChange: (listener) => versions.onChange(listener),
    isUnavailable: (error) => error instanceof LogUnavailable,
    readsAtOnce,
    maxUncheckedMs,
    async close() {
      versions.close();
      await session.close();
    },
  };
}
