import type { RunSummary } from '@stagewire/shared';
import { searchedText } from '@stagewire/shared/text/search';
import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fallbackCheckpointPages } from './checkpointer.ts';

/** Version of the tables below, stored in the database's `user_version`. */
const schemaVersion = 5;

/** 'Swir' in the database's `application_id`: identifies a log among other SQLite files. */
export const applicationId = 0x53776972;

/** What the attempts of each day used. Not a part of the runs: it stays when they are removed. */
const usageTable = `
  CREATE TABLE IF NOT EXISTS usage_of_days (
    day TEXT NOT NULL,
    owner TEXT NOT NULL,
    currency TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    cost TEXT NOT NULL,
    PRIMARY KEY (day, owner, currency)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * `run` is the number of a run's row, so that the 30 chars of its id are not repeated in every event and its index.
 * AUTOINCREMENT: a global position is never reused, even if the newest run is removed. `is_delta` with its partial
 * index lets the feed skip deltas, which are most of the events, without reading them.
 */
const schema = `
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    summary TEXT NOT NULL,
    checksum INTEGER,
    problem TEXT,
    bytes INTEGER,
    searched TEXT
  ) STRICT;
  CREATE INDEX runs_newest ON runs (queued_at DESC, run_id DESC);
  CREATE INDEX runs_newest_of_owner ON runs (owner, queued_at DESC, run_id DESC);
  CREATE INDEX runs_live ON runs (queued_at, run_id) WHERE status IN ('queued', 'running');
  CREATE TABLE events (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    is_delta INTEGER NOT NULL,
    event TEXT NOT NULL,
    checksum INTEGER,
    UNIQUE (run, seq)
  ) STRICT;
  CREATE INDEX events_without_deltas ON events (place) WHERE is_delta = 0;
  CREATE TABLE removed_runs (
    run_id TEXT PRIMARY KEY,
    owner TEXT,
    actor TEXT,
    deleted_at TEXT,
    seq INTEGER,
    place INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX deletions ON removed_runs (place) WHERE place IS NOT NULL;
  CREATE TABLE probes (filler BLOB NOT NULL) STRICT;
  CREATE TABLE incarnations (incarnation INTEGER PRIMARY KEY, forked_after INTEGER NOT NULL) STRICT;
  ${usageTable}`;

/** Migrates a database of version 1. Its rows have no checksums and are read without. */
const fromVersion1 = `
  ALTER TABLE runs ADD COLUMN checksum INTEGER;
  ALTER TABLE runs ADD COLUMN problem TEXT;
  ALTER TABLE runs ADD COLUMN bytes INTEGER;
  ALTER TABLE events ADD COLUMN checksum INTEGER;
  UPDATE runs SET bytes = (SELECT sum(length(event)) FROM events WHERE run = number)
    WHERE status NOT IN ('queued', 'running');
`;

/**
 * Migrates a database of version 2. Its summaries get the text that searches look at. Its tombstones are those of retention, which have neither an owner nor a place in the
 * global order.
 */
const fromVersion2 = `
  ALTER TABLE removed_runs ADD COLUMN owner TEXT;
  ALTER TABLE removed_runs ADD COLUMN actor TEXT;
  ALTER TABLE removed_runs ADD COLUMN deleted_at TEXT;
  ALTER TABLE removed_runs ADD COLUMN seq INTEGER;
  ALTER TABLE removed_runs ADD COLUMN place INTEGER;
  CREATE INDEX deletions ON removed_runs (place) WHERE place IS NOT NULL;
  ALTER TABLE runs ADD COLUMN searched TEXT;
  UPDATE runs SET searched = searched_text(summary) WHERE queued_at > '';
`;

/** Migrates a database of version 3: cursors of the feed had no incarnation, which counts as 0. */
const fromVersion3 = `
  CREATE TABLE incarnations (incarnation INTEGER PRIMARY KEY, forked_after INTEGER NOT NULL) STRICT;
  INSERT INTO incarnations VALUES (0, 0);
`;

/** The database cannot be used as the log; its file is unchanged. The message is for the operator. */
export class LogUnusable extends Error {
  override readonly name = 'LogUnusable';
  readonly code: 'CORRUPT' | 'NEWER' | 'FOREIGN' | 'UNREADABLE';

  constructor(code: LogUnusable['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

export interface OpenDatabaseOptions {
  readonly path: string;
  readonly synchronous: 'normal' | 'full';
  readonly maxBytes?: number | undefined;
  /** @default that of this Node.js */
  readonly sqliteVersion?: string | undefined;
}

/**
 * Opens the database of a log, or creates it. An existing one is first inspected through a read-only connection, so
 * that a rejected file is not modified.
 *
 * @throws LogUnusable
 */
export function openDatabase(options: OpenDatabaseOptions): DatabaseSync {
  const { path, synchronous, maxBytes, sqliteVersion = process.versions['sqlite'] } = options;
  return orUnusable(path, () => {
    requireSqlite(sqliteVersion);
    const isThere = existsSync(path);
    // SQLite would read a file without write permission, and create files next to it without write permission too.
    if (isThere) accessSync(path, constants.R_OK | constants.W_OK);
    const version = isThere ? inspect(path) : undefined;
    // The texts of users are in it. SQLite gives its other files the mode of this one. One that exists keeps its mode:
    // an operator may have opened it to a group, for backups.
    if (!isThere) closeSync(openSync(path, 'a', 0o600));
    const database = new DatabaseSync(path);
    // Fallback of the checkpointer's thread; the cache holds the pages that all live runs write to.
    database.exec(`PRAGMA wal_autocheckpoint = ${fallbackCheckpointPages}; PRAGMA cache_size = -32768`);
    // Zeros in place of deleted content in pages that are written anyway; sqlite-removal.ts sets more where it matters.
    // Not FAST, which leaves the content of freed pages: whenever SQLite moves rows together, also those of a run that is
    // deleted later.
    database.exec('PRAGMA secure_delete = ON');
    // Not FULL by default: in WAL mode a commit is then one write without an fsync. A crash of the process, kill -9
    // included, loses nothing, because the kernel has the write; a crash of the machine or a power failure may lose
    // the latest commits (since the last checkpoint), but never changes the order or completeness of the rest.
    // Subscribers that have seen a lost event get CURSOR_INVALID.
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'};`,
    );
    if (version !== undefined && version < schemaVersion) migrate(database, version);
    if (version === undefined) {
      database.exec(
        `BEGIN; ${schema} PRAGMA user_version = ${schemaVersion}; PRAGMA application_id = ${applicationId}; COMMIT;`,
      );
    }
    if (maxBytes !== undefined) {
      const pageBytes = Number(pragma(database, 'page_size'));
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
    }
    moveWal(database);
    return database;
  });
}

function migrate(database: DatabaseSync, version: number): void {
  database.function('searched_text', { deterministic: true }, (summary) => searchedTextIn(String(summary)));
  const steps = [fromVersion1, fromVersion2, fromVersion3, usageTable].slice(version - 1).join('');
  database.exec(`BEGIN; ${steps} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
}

/** Of a stored summary; empty if it is damaged. */
function searchedTextIn(json: string): string {
  try {
    return searchedText(JSON.parse(json) as RunSummary);
  } catch {
    // A run whose summary cannot be read is listed, but not found by words.
    return '';
  }
}

/** Earlier versions run a checkpoint for `wal_checkpoint(NOOP)`, which would fill the database with zeros: see wal-truncation.ts. */
const leastSqlite = [3, 51] as const;

/** @throws LogUnusable */
function requireSqlite(version = '0'): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor, leastMinor] = leastSqlite;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new LogUnusable(
    'UNREADABLE',
    `This Node.js (${process.version}) includes SQLite ${version}, but the log needs ${leastSqlite.join('.')} or later. Use a later version of Node.js.`,
  );
}

/**
 * Moves everything written before this start into the database, so that it does not depend on the write-ahead log, and
 * truncates that: a process that was killed may have left copies of deleted runs in it.
 */
function moveWal(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A full disk: the log can still be read, and what was not moved stays in the write-ahead log.
  }
}

/** The version of the log in this file; `undefined` for an empty one. @throws LogUnusable */
function inspect(path: string): number | undefined {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const version = Number(pragma(database, 'user_version'));
    const application = Number(pragma(database, 'application_id'));
    const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
    if (isEmpty) return undefined;
    if (application !== applicationId) {
      throw new LogUnusable(
        'FOREIGN',
        `${path} is a database of another program, not a Stagewire log. Set STAGEWIRE_DATA_DIR to another directory.`,
      );
    }
    if (version > schemaVersion) {
      throw new LogUnusable(
        'NEWER',
        `The log ${path} was written by a later version of Stagewire (log format ${version}; this version supports ${schemaVersion}). Update Stagewire, or set STAGEWIRE_DATA_DIR to another directory.`,
      );
    }
    const verdict = String(pragma(database, 'quick_check'));
    if (verdict !== 'ok') throw corrupt(path, new Error(verdict));
    return version;
  } finally {
    database.close();
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function corrupt(path: string, cause: unknown): LogUnusable {
  return new LogUnusable(
    'CORRUPT',
    `The log ${path} is damaged and was not changed. Restore it from a backup, or move it away to start with an empty one.`,
    { cause },
  );
}

/** SQLITE_CORRUPT, SQLITE_NOTADB; SQLITE_ERROR: one of our tables or columns is missing. */
const damageCodes: ReadonlySet<number> = new Set([11, 26, 1]);

/** @throws LogUnusable for any error of `open` */
export function orUnusable<T>(path: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof LogUnusable) throw error;
    const code = sqliteCode(error);
    if (code !== undefined && damageCodes.has(code)) throw corrupt(path, error);
    const why = error instanceof Error ? error.message : String(error);
    throw new LogUnusable(
      'UNREADABLE',
      `The log ${path} could not be opened (${why}). Check that its directory exists and is writable.`,
      { cause: error },
    );
  }
}

/** SQLite's primary result code (https://sqlite.org/rescode.html), if this is an error of SQLite. */
export function sqliteCode(error: unknown): number | undefined {
  const extended = extendedCode(error);
  return extended === undefined ? undefined : extended & 0xff;
}

/** SQLite's extended result code, if this is an error of SQLite. */
export function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
