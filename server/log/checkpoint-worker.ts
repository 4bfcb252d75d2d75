import { realpathSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isWalTruncated } from './wal-truncation.ts';

/** Worker thread: on each message it moves the content of the write-ahead log into the database file. */
const { path } = workerData as { path: string };

parentPort?.on('message', () => {
  try {
    checkpoint();
  } catch {
    // A full or failing disk: the log's own writes report it, and what was not moved stays in the write-ahead log.
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage('done');
});

/**
 * The connection is open only during the checkpoint: the log needs exclusive access to recreate a lost write-ahead
 * log.
 */
function checkpoint(): void {
  const database = new DatabaseSync(path);
  try {
    if (isWalTruncated(database, `${realpathSync(path)}-wal`)) return;
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
}
