import { Worker } from 'node:worker_threads';

/**
 * Keeps a database's write-ahead log short without blocking the event loop: a checkpoint waits for the disk, for a
 * tenth of a second and more, and SQLite would run it inside a commit. So a worker thread runs it, started when it
 * is first needed. If that thread fails or is too slow, SQLite's own checkpoint runs at `fallbackCheckpointPages`.
 */
export interface Checkpointer {
  /** Reports that a transaction with about this many pages was committed. */
  committed(pages: number): void;
  /** Runs a checkpoint; resolves when it is done, or has failed. */
  flush(): Promise<void>;
  /** Ends the thread and closes its connection. */
  close(): Promise<void>;
}

/** Pages (of 4 KiB) of write-ahead log between two checkpoints: SQLite's own default. */
const pagesPerCheckpoint = 1000;

/**
 * Pages at which SQLite runs a checkpoint inside a commit, as a fallback: 64 MiB. While the thread runs one, SQLite cannot:
 * what is committed meanwhile comes on top.
 */
export const fallbackCheckpointPages = 16_384;

export function createCheckpointer(path: string): Checkpointer {
  let worker: Worker | undefined;
  let isBusy = false;
  let hasFailed = false;
  let isClosed = false;
  let pages = 0;
  /** Called after the checkpoint in progress. */
  let onDone: (() => void)[] = [];

  function done(): void {
    isBusy = false;
    const waiting = onDone;
    onDone = [];
    for (const resolve of waiting) resolve();
  }

  function start(): Worker {
    const started = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: { path } });
    started.unref();
    started.on('message', done);
    started.on('error', () => {
      // Commits continue with SQLite's own checkpoints.
      hasFailed = true;
      done();
    });
    started.on('exit', done);
    return started;
  }

  function checkpoint(): void {
    pages = 0;
    isBusy = true;
    worker ??= start();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    worker.postMessage('checkpoint');
  }

  const whenDone = () => new Promise<void>((resolve) => void onDone.push(resolve));

  return {
    committed(more) {
      pages += more;
      if (pages < pagesPerCheckpoint || isBusy || hasFailed) return;
      checkpoint();
    },
    async flush() {
      // One that is in progress may have begun before the last commits.
      if (isBusy) await whenDone();
      if (hasFailed || isClosed) return;
      if (!isBusy) checkpoint();
      await whenDone();
    },
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
