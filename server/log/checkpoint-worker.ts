import { realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isWalCut } from './wal-cut.ts';

/** A thread beside the log's: moves what is in the write-ahead log into the database file, each time it is asked. */
const { path } = workerData as { path: string };

parentPort?.on('message', () => {
  try {
    checkpoint();
  } catch {
    // A disk that is full or fails: the log's own writes will tell, and what is not moved stays where it is safe.
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage('done');
});

/** Its connection is open no longer than that: the log needs to be alone to begin a lost write-ahead log anew. */
function checkpoint(): void {
  const database = new DatabaseSync(path);
  try {
    if (isWalCut(database, `${realpathSync(path)}-wal`)) return;
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
}
