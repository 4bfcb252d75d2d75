import { Worker } from 'node:worker_threads';

/**
 * Keeps a database's write-ahead log short without holding the event loop: a checkpoint waits for the disk, a
 * tenth of a second and more, and SQLite would do it inside of a commit. So it is asked of another thread, which
 * starts when it is first needed. Should that thread fail or fall behind, SQLite's own checkpoint is the net below,
 * at `netPages`.
 */
export interface Checkpointer {
  /** Tells that a transaction with about so many pages was committed. */
  committed(pages: number): void;
  /** Ends the thread and lets go of its connection. */
  close(): Promise<void>;
}

/** Pages (of 4 KiB) of write-ahead log between two checkpoints: SQLite's own default. */
const pagesPerCheckpoint = 1000;

/** Pages at which SQLite checkpoints inside of a commit after all: 64 MiB. */
export const netPages = 16_384;

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
      // The net below holds: commits go on, with SQLite's own checkpoints.
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
