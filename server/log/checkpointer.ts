import { Worker } from 'node:worker_threads';

/**
 * Keeps a database's write-ahead log short without blocking the event loop: a checkpoint waits for the disk, for a
 * tenth of a second and more, and SQLite would run it inside a commit. So a worker thread runs it, started when it
 * is first needed. If that thread fails or is too slow, SQLite's own checkpoint runs at `fallbackCheckpointPages`.
 */
export interface Checkpointer {
  /** Reports that a transaction with about this many pages was committed. */
  committed(pages: number): void;
  /** Ends the thread and closes its connection. */
  close(): Promise<void>;
}

/** Pages (of 4 KiB) of write-ahead log between two checkpoints: SQLite's own default. */
const pagesPerCheckpoint = 1000;

/** Pages at which SQLite runs a checkpoint inside a commit, as a fallback: 64 MiB. */
export const fallbackCheckpointPages = 16_384;

export function createCheckpointer(path: string): Checkpointer {
  let worker: Worker | undefined;
  let isBusy = false;
  let hasFailed = false;
  let pages = 0;

  function start(): Worker {
    const started = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: { path } });
    started.unref();
    started.on('message', () => {
      isBusy = false;
    });
    started.on('error', () => {
      // Commits continue with SQLite's own checkpoints.
      hasFailed = true;
    });
    return started;
  }

  return {
    committed(more) {
      pages += more;
      if (pages < pagesPerCheckpoint || isBusy || hasFailed) return;
      pages = 0;
      isBusy = true;
      worker ??= start();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
      worker.postMessage('checkpoint');
    },
    async close() {
      await worker?.terminate();
    },
  };
}
