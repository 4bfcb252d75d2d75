import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileIdentity } from './file-guard.ts';
import { applicationId, sqliteCode } from './open-database.ts';

/** An exclusive lock on the file `server.lock` of a data directory, until it is closed. */
export interface ServerLock {
  /** Which file is locked: no other has this identity while the lock is held. */
  readonly identity: string;
  /** Idempotent. */
  close(): void;
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
const heldByAnother: ReadonlySet<number | undefined> = new Set([5, 6]);

/** Whether this error says that another process holds the lock. */
export function isHeldByAnother(error: unknown): boolean {
  return heldByAnother.has(sqliteCode(error));
}

export function serverLockPath(dataDir: string): string {
  return join(dataDir, 'server.lock');
}

/**
 * The lock is one on an empty SQLite database: the operating system gives it up when the process ends, however it ends,
 * so no stale lock can be left (a file with a pid could). Node has no file locks of its own.
 *
 * @param waitMs How long the lock is tried again, which blocks: whoever only asks whether a server lives holds a shared one
 *   for a moment (`isServerLocked`). @default 0
 * @throws Error of SQLite or of the file system; see `isHeldByAnother`
 */
export function takeServerLock(dataDir: string, waitMs = 0): ServerLock {
  const path = serverLockPath(dataDir);
  for (;;) {
    make(path);
    const before = fileIdentity(path);
    const database = new DatabaseSync(path, { timeout: waitMs });
    try {
      database.exec('BEGIN EXCLUSIVE');
      const after = fileIdentity(path);
      if (after !== undefined && after === before) {
        return {
          identity: after,
          close() {
            if (database.isOpen) database.close();
          },
        };
      }
    } catch (error) {
      database.close();
      throw error;
    }
    // It was deleted or replaced in between: which file is locked is not known.
    database.close();
  }
}

function make(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Whether a living server holds the lock of this data directory. */
export function isServerLocked(dataDir: string): boolean {
  const path = serverLockPath(dataDir);
  if (!existsSync(path)) return false;
  const lock = new DatabaseSync(path, { readOnly: true });
  try {
    lock.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return isHeldByAnother(error);
  } finally {
    lock.close();
  }
}

/**
 * Whether another connection has this log open, which its own files cannot hide: each holds a shared lock on the
 * database as long as it is open. It may be a server, or a program that reads or copies the log. A file that is no log is
 * left to whoever opens it.
 */
export function isLogOpenElsewhere(logPath: string): boolean {
  if (!isLog(logPath)) return false;
  const database = new DatabaseSync(logPath);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return isHeldByAnother(error);
  } finally {
    database.close();
  }
}

function isLog(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    // Beside a file that may not be written SQLite would leave others that may not be written either.
    accessSync(path, constants.R_OK | constants.W_OK);
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare('PRAGMA application_id').get()?.['application_id'] === applicationId;
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}
