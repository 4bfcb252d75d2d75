import { DatabaseUnusable } from './database-unusable.ts';
import type { Queries } from './session.ts';

/** The oldest supported version, as `server_version_num`. */
const oldestVersion = 150_000;

/** The variable that names the database, for messages. */
export const databaseVariable = 'STAGEWIRE_DATABASE_URL';

/**
 * Checks that the database keeps what it has confirmed. With `fsync` or `synchronous_commit` off, a crash loses
 * events that subscribers have seen.
 *
 * @throws DatabaseUnusable with one sentence that names the problem and the next step. @throws LogUnavailable
 */
export async function checkDatabase(queries: Queries): Promise<void> {
  const [row] = await queries.query({
    text: `SELECT current_setting('server_version_num')::integer AS version,
      current_setting('server_version') AS version_text,
      current_setting('server_encoding') AS encoding,
      current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS synchronous_commit,
      pg_is_in_recovery() AS is_standby,
      current_setting('default_transaction_read_only') AS read_only`,
  });
  const problem = problemOf(row ?? {});
  if (problem !== undefined) throw new DatabaseUnusable(problem);
}

function problemOf(row: Readonly<Record<string, unknown>>): string | undefined {
  if (Number(row['version']) < oldestVersion) {
    return `${databaseVariable} names a PostgreSQL ${String(row['version_text'])}; version 15 or later is required.`;
  }
  if (row['is_standby'] === true) {
    return `${databaseVariable} names a standby, which cannot be written; set it to the primary server.`;
  }
  if (row['read_only'] === 'on') {
    return `${databaseVariable} names a database that is read-only (default_transaction_read_only); make it writable.`;
  }
  if (row['encoding'] !== 'UTF8') {
    return `${databaseVariable} names a database with the encoding ${String(row['encoding'])}; create one with UTF8.`;
  }
  for (const setting of ['fsync', 'synchronous_commit'] as const) {
    if (row[setting] !== 'off') continue;
    return `${databaseVariable} names a database with ${setting} = off, which loses events when it crashes; set ${setting} = on.`;
  }
  return undefined;
}

/** Of a database whose notifications do not arrive. */
export const poolerProblem =
  `${databaseVariable} leads through a connection pooler that loses notifications (LISTEN), such as one in transaction ` +
  'mode; set it to the database server itself, or to a pooler in session mode.';
