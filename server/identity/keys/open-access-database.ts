import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** 'Swac' in the database's `application_id`: identifies it among other SQLite files. */
const applicationId = 0x53776163;

/** Each brings a database of the version before, or an empty one, to its own. */
const migrations = [
  `CREATE TABLE access_keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    kind TEXT NOT NULL,
    permissions TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER,
    revoked_at_ms INTEGER
  ) STRICT, WITHOUT ROWID;`,
  // Sessions by the SHA-256 of their random id, with the principal that signed in; secrets by their purpose.
  `CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (
    purpose TEXT PRIMARY KEY,
    secret BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;`,
  // Who did what that is not in the log of a run.
  `CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT,
    owner TEXT NOT NULL,
    procedure TEXT NOT NULL,
    run_id TEXT,
    subject TEXT,
    times INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX audit_in_order ON audit (at_ms, number);
  CREATE INDEX audit_of_kind ON audit (kind, number);`,
];

/** Version of the tables, stored in the database's `user_version`. */
const schemaVersion = migrations.length;

/** The database of a data directory. */
export function accessPathOf(dataDir: string): string {
  return join(dataDir, 'access.db');
}

/** How long to wait for another process that writes, in milliseconds; it blocks the thread. */
const busyTimeoutMs = 2000;

/** The database of credentials cannot be used; its file is unchanged. The message is for the operator. */
export class AccessUnusable extends Error {
  override readonly name = 'AccessUnusable';
}

/** An open database, and which file it is. */
export interface AccessDatabase {
  readonly database: DatabaseSync;
  /** Differs if the file at this path was replaced. */
  readonly identity: string;
}

/**
 * Opens `access.db`, or creates it and its folder, readable by this user only. It is one file, without a WAL, whose pages
 * would count instead of those of a file that replaces it. Every commit waits for the disk, so that a revocation survives
 * a power failure.
 *
 * @throws AccessUnusable
 */
export function openAccessDatabase(path: string): AccessDatabase {
  try {
    makeFolder(resolve(dirname(path)));
    closeSync(openSync(path, 'a', 0o600));
    // SQLite gives its other files the mode of this one.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
    try {
      prepare(database, path);
      return { database, identity: identityOf(path) };
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    if (error instanceof AccessUnusable) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const message = `The access keys in ${path} cannot be used (${why}). Check that the file is intact and writable for this user, or restore it from a backup.`;
    throw new AccessUnusable(message, { cause: error });
  }
}

/** Which file is at this path; empty if there is none. */
export function identityOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? '' : `${stat.dev}:${stat.ino}`;
}

function prepare(database: DatabaseSync, path: string): void {
  // Before anything is written: the database of another program stays as it is.
  checkVersion(database, path);
  database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have migrated it meanwhile.
    const missing = migrations.slice(checkVersion(database, path));
    for (const migration of missing) database.exec(migration);
    if (missing.length > 0) {
      database.exec(`PRAGMA user_version = ${schemaVersion}; PRAGMA application_id = ${applicationId}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

/** The version of its tables; 0 if it is empty. @throws AccessUnusable */
function checkVersion(database: DatabaseSync, path: string): number {
  if (database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined) return 0;
  if (pragma(database, 'application_id') !== applicationId) {
    throw new AccessUnusable(
      `${path} is a database of another program. Move it away, or set STAGEWIRE_DATA_DIR to another directory.`,
    );
  }
  const version = pragma(database, 'user_version');
  if (version <= schemaVersion) return version;
  throw new AccessUnusable(
    `${path} was written by a later version of Stagewire (format ${version}; this version supports ${schemaVersion}). Update Stagewire.`,
  );
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** Node's own `recursive` never returns for a path where folders cannot be created, such as /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}
