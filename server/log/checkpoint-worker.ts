import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** A thread beside the log's: moves what is in the write-ahead log into the database file, each time it is asked. */
const { path } = workerData as { path: string };
const database = new DatabaseSync(path);
database.exec('PRAGMA synchronous = NORMAL');

parentPort?.on('message', () => {
  try {
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // A disk that is full or fails: the log's own writes will tell, and what is not moved stays where it is safe.
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage('done');
});
