import { accessSync, closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileIdentity } from './file-guard.ts';
import { applicationId, sqliteCode } from './open-database.ts';

/** An exclusive lock on the file `server.lock` of a data directory, until it is closed. */
export interface ServerLock {
  /** Identity of the locked file: no other file has it while the lock is held. */
  readonly identity: string;
  /** Idempotent. */
  close(): void;
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
const heldByAnother: ReadonlySet<number | undefined> = new Set([5, 6]);

/** Whether this error means that another process holds the lock. */
export function isHeldByAnother(error: unknown): boolean {
  return heldByAnother.has(sqliteCode(error));
}

export function serverLockPath(dataDir: string): string {
  return join(dataDir, 'server.lock');
}

/**
 * Locks an empty SQLite database: the operating system releases the lock when the process ends, for whatever reason, so
 * there are no stale locks (unlike with a pid file). Node has no file locks of its own.
 *
 * @param waitMs How long to retry, which blocks the thread: a process that only checks whether a server is running holds a
 *   shared lock for a moment (`isServerLocked`). @default 0
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
    // The file was deleted or replaced meanwhile: it is unknown which one is locked.
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

/** Whether a running server holds the lock of this data directory. */
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
 * Whether another connection has this log open. Its own files cannot hide that: each connection holds a shared lock
 * on the database while it is open. It may be a server, or a program that reads or copies the log. Returns false
 * for a file that is not a log.
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
    // SQLite would create files without write permission next to a file without write permission.
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
