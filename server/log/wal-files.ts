import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { fileIdentity, fileFault, type GuardedFile } from './file-guard.ts';
import { isWalTruncated } from './wal-truncation.ts';

/**
 * The write-ahead log and the shared memory of an open database, to be guarded. SQLite replaces neither while a
 * connection is open; nor does a checkpoint, a backup or VACUUM by another process.
 *
 * The content of a deleted write-ahead log can still be read by processes that have it open, so it is moved into
 * the database, and both files are recreated. If the write-ahead log was truncated, the rest is lost: nothing more
 * is written then.
 */
export function walFiles(path: string, database: DatabaseSync): readonly GuardedFile[] {
  // SQLite resolves a symbolic link, and keeps both files next to its target.
  const walPath = `${realpathSync(path)}-wal`;
  const shmPath = `${realpathSync(path)}-shm`;
  const opened = new Map<string, string | undefined>();
  const remember = () => {
    // Both are created by the first read.
    database.prepare('SELECT 1 FROM sqlite_schema').get();
    for (const file of [walPath, shmPath]) opened.set(file, fileIdentity(file));
  };
  const isMoved = (file: string) => fileFault(file, opened.get(file));
  const walFault = () =>
    isMoved(walPath) ?? (isWalTruncated(database, walPath) ? 'was truncated' : undefined);

  const restore = () => {
    if (walFault() === 'was truncated') throw new Error(truncatedMessage);
    renewWal(database);
    remember();
  };
  remember();
  return [
    {
      path: walPath,
      fault: walFault,
      restore,
      release() {
        if (walFault() === 'was truncated') forgetIndex(shmPath);
      },
    },
    { path: shmPath, fault: () => isMoved(shmPath), restore },
  ];
}

const truncatedMessage =
  'events since the last checkpoint may be lost; restart the server to continue with the intact part';

/**
 * Closing moves the write-ahead log into the database by the index of its pages, which would be zeros where it was
 * truncated. Without that index SQLite searches for the intact part.
 */
function forgetIndex(shmPath: string): void {
  const file = openSync(shmPath, 'r+');
  try {
    writeSync(file, Buffer.alloc(indexHeaderBytes));
  } finally {
    closeSync(file);
  }
}

/** Two copies of 48 bytes, and the state of the checkpoints. */
const indexHeaderBytes = 136;

/** @throws Error while another program has the database open */
function renewWal(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } catch (error) {
    throw new Error(
      'it cannot be recreated while another program has the log open: close that program, and do not stop the server before',
      { cause: error },
    );
  }
  database.exec('PRAGMA journal_mode = WAL');
}
