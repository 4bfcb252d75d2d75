import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { fileIdentity, placeFault, type GuardedFile } from './file-guard.ts';
import { isWalCut } from './wal-cut.ts';

/**
 * The write-ahead log and the shared memory of an open database, to be guarded. SQLite replaces neither as long as a
 * connection is open; nor does a checkpoint, a backup or VACUUM by another process.
 *
 * What is in a deleted write-ahead log can still be read by those who have it open, so it is moved into the database,
 * and both files are begun anew. Of one that was cut off the rest is lost: nothing more is written then.
 */
export function walFiles(path: string, database: DatabaseSync): readonly GuardedFile[] {
  // SQLite follows a link, and keeps both files beside what it leads to.
  const walPath = `${realpathSync(path)}-wal`;
  const shmPath = `${realpathSync(path)}-shm`;
  const opened = new Map<string, string | undefined>();
  const remember = () => {
    // Both are made with the first reading.
    database.prepare('SELECT 1 FROM sqlite_schema').get();
    for (const file of [walPath, shmPath]) opened.set(file, fileIdentity(file));
  };
  const isMoved = (file: string) => placeFault(file, opened.get(file));
  const walFault = () => isMoved(walPath) ?? (isWalCut(database, walPath) ? 'was cut off' : undefined);

  const mend = () => {
    if (walFault() === 'was cut off') throw new Error(cutOff);
    renewWal(database);
    remember();
  };
  remember();
  return [
    {
      path: walPath,
      fault: walFault,
      mend,
      release() {
        if (walFault() === 'was cut off') forgetIndex(shmPath);
      },
    },
    { path: shmPath, fault: () => isMoved(shmPath), mend },
  ];
}

const cutOff =
  'what was written since the last checkpoint may be lost; stop the server and start it again, and it goes on with what is whole';

/**
 * Closing moves the write-ahead log into the database by the index of its pages, which would be zeros where it was cut
 * off. Without that index SQLite looks for what is whole.
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

/** @throws Error as long as somebody else has the database open */
function renewWal(database: DatabaseSync): void {
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } catch (error) {
    throw new Error(
      'it cannot be made anew while another program has the log open: close that one, and do not stop the server before',
      { cause: error },
    );
  }
  database.exec('PRAGMA journal_mode = WAL');
}
