/** Hands queued runs over to be begun, no more at a time than the server can carry. */
export interface RunQueue {
  /** Puts a run at the end of the queue; it is begun at once if there is room. */
  push(runId: string): void;
  /** Counts a run as running that need not wait: it was running before. */
  admit(runId: string): void;
  /** Takes a run out, whether it waits or runs; the next one may begin. */
  leave(runId: string): void;
  /** How many runs will begin before this one; `undefined` if it does not wait. */
  ahead(runId: string): number | undefined;
  readonly waiting: number;
}

export interface RunQueueOptions {
  /** Runs that may be under way at the same time. */
  readonly maxRunning: number;
  /** Begins a run whose turn has come. */
  begin(runId: string): void;
}

/** The queue of one process. A set keeps the order of arrival. */
export function createRunQueue(options: RunQueueOptions): RunQueue {
  const waiting = new Set<string>();
  const running = new Set<string>();

  function beginNext(): void {
    for (const runId of waiting) {
      if (running.size >= options.maxRunning) return;
      waiting.delete(runId);
      running.add(runId);
      options.begin(runId);
    }
  }

  return {
    push(runId) {
      waiting.add(runId);
      beginNext();
    },
    admit(runId) {
      running.add(runId);
    },
    leave(runId) {
      waiting.delete(runId);
      running.delete(runId);
      beginNext();
    },
    ahead(runId) {
      if (!waiting.has(runId)) return undefined;
      return [...waiting].indexOf(runId);
    },
    get waiting() {
      return waiting.size;
    },
  };
}
