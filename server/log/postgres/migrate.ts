import { DatabaseUnusable } from './database-unusable.ts';
import { lockKey } from './lock-key.ts';
import { logMigration } from './migrations/0001-log.ts';
import { accessMigration } from './migrations/0002-access.ts';
import { incarnationsMigration } from './migrations/0003-incarnations.ts';
import { appendMigration } from './migrations/0004-append.ts';
import { usageMigration } from './migrations/0005-usage.ts';
import { exportsMigration } from './migrations/0006-exports.ts';
import { auditMigration } from './migrations/0007-audit.ts';
import { importedUsageMigration } from './migrations/0008-imported-usage.ts';
import type { Queries } from './session.ts';

/** A change of the schema. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
  /** The lowest version whose nodes can run on the database afterwards. */
  readonly oldestReader: number;
}

/**
 * In order; a published one is never changed. Within a major version they only add: nodes of two versions run on one
 * database during an upgrade, so a function that changes gets another name.
 */
export const migrations: readonly Migration[] = [
  { version: 1, sql: logMigration, oldestReader: 1 },
  { version: 2, sql: accessMigration, oldestReader: 1 },
  { version: 3, sql: incarnationsMigration, oldestReader: 1 },
  { version: 4, sql: appendMigration, oldestReader: 1 },
  { version: 5, sql: usageMigration, oldestReader: 1 },
  { version: 6, sql: exportsMigration, oldestReader: 1 },
  { version: 7, sql: auditMigration, oldestReader: 1 },
  { version: 8, sql: importedUsageMigration, oldestReader: 1 },
];

/** How long a migration waits for the lock of a table, in milliseconds: appends wait behind it. */
const lockTimeoutMs = 2000;

/**
 * Creates the schema, or brings it up to date. Several nodes may start at the same time.
 *
 * @param options.schema Its name; also the session's `search_path`.
 * @param options.migrations All that the program knows. @default those of this version
 * @returns what identifies the cluster.
 * @throws DatabaseUnusable if it is of a later version that this program cannot use. @throws LogUnavailable
 */
export async function migrate(
  queries: Queries,
  {
    schema,
    migrations: known = migrations,
  }: { readonly schema: string; readonly migrations?: readonly Migration[] },
): Promise<{ readonly clusterId: string }> {
  const knownVersion = known.at(-1)?.version ?? 0;
  const lock = lockKey(schema, 'migrate');
  await queries.query({ text: 'SELECT pg_advisory_lock($1)', values: [lock] });
  try {
    const version = await versionOf(queries, schema);
    for (const migration of known.filter((it) => it.version > version)) {
      await apply(queries, migration);
    }
    const [row] = await queries.query({ text: 'SELECT version, oldest_reader, cluster_id FROM meta' });
    const oldestReader = Number(row?.['oldest_reader']);
    if (oldestReader > knownVersion) {
      throw new DatabaseUnusable(
        `The database of STAGEWIRE_DATABASE_URL was upgraded: its schema requires version ${oldestReader} or later, ` +
          `and this program knows version ${knownVersion}. Install a later version of Stagewire.`,
      );
    }
    return { clusterId: String(row?.['cluster_id']) };
  } finally {
    await queries.query({ text: 'SELECT pg_advisory_unlock($1)', values: [lock] });
  }
}

/** 0 without a schema. */
async function versionOf(queries: Queries, schema: string): Promise<number> {
  const [found] = await queries.query({
    text: `SELECT to_regnamespace(quote_ident($1)) IS NOT NULL AS has_schema,
      to_regclass(quote_ident($1) || '.meta') IS NOT NULL AS has_meta`,
    values: [schema],
  });
  // Even with IF NOT EXISTS this needs the right to create schemas.
  if (found?.['has_schema'] !== true) {
    await queries.query({ text: `CREATE SCHEMA "${schema.replaceAll('"', '""')}"` });
  }
  if (found?.['has_meta'] !== true) return 0;
  const [row] = await queries.query({ text: 'SELECT version FROM meta' });
  return Number(row?.['version'] ?? 0);
}

async function apply(queries: Queries, { version, sql, oldestReader }: Migration): Promise<void> {
  const isFirst = version === 1;
  const mark = isFirst
    ? `INSERT INTO meta (version, oldest_reader) VALUES (${version}, ${oldestReader})`
    : `UPDATE meta SET version = ${version}, oldest_reader = ${oldestReader}`;
  // Without parameters several statements are one transaction. A table that is in use for long, as by a backup, must not
  // make the appends of the present nodes wait behind this one.
  await queries.query({ text: `SET lock_timeout = ${lockTimeoutMs}` });
  try {
    await queries.query({ text: `${sql};\n${mark}` });
  } finally {
    await queries.query({ text: 'SET lock_timeout = 0' });
  }
}
