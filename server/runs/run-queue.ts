import type { Heartbeat } from './run-service.ts';

/** Starts queued runs, at most as many at a time as the server has capacity for. */
export interface RunQueue {
  /** Appends a run to the queue; it begins at once if there is capacity. */
  push(runId: string, queuedAtMs: number): void;
  /** Counts a run as running without queueing it: it was running before. */
  admit(runId: string): void;
  /** Removes a run, queued or running; the next one may begin. */
  leave(runId: string): void;
  /**
   * Returns a run for which there is no capacity yet to the head of the queue.
   *
   * @returns false if the run was removed in the meantime.
   */
  putBack(runId: string): boolean;
  /** Begins as many queued runs as there is capacity for. */
  beginNext(): void;
  /** The position of a run; `undefined` if it is not queued. */
  positionOf(runId: string): QueuePosition | undefined;
  /** Queued runs, in order. */
  queuedIds(): Iterable<string>;
  readonly queued: number;
  readonly running: number;
}

export interface QueuePosition {
  /** Number of runs that will begin before this one. */
  readonly ahead: number;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/** The heartbeat of a queued run. */
export function queueHeartbeat(position: QueuePosition | undefined, nowMs: number): Heartbeat | undefined {
  if (position === undefined) return undefined;
  const elapsedMs = Math.max(0, nowMs - position.queuedAtMs);
  return { type: 'run.waiting', phase: 'queued', ahead: position.ahead, elapsedMs };
}

export interface RunQueueOptions {
  /** Runs that may execute at the same time. */
  readonly maxRunning: number;
  /** Is there memory for one more? */
  mayBegin(): boolean;
  /** Begins the next run of the queue. */
  begin(runId: string): void;
}

/** The queue of one process. It holds only the id and the time of a queued run. */
export function createRunQueue(options: RunQueueOptions): RunQueue {
  /** In the order of execution. */
  let queued = new Map<string, number>();
  const running = new Map<string, number>();
  /** Positions, computed on demand after a change. */
  let positions: Map<string, number> | undefined;

  function beginNext(): void {
    for (const [runId, queuedAtMs] of queued) {
      if (running.size >= options.maxRunning || !options.mayBegin()) return;
      positions = undefined;
      queued.delete(runId);
      running.set(runId, queuedAtMs);
      options.begin(runId);
    }
  }

  return {
    push(runId, queuedAtMs) {
      positions = undefined;
      queued.set(runId, queuedAtMs);
      beginNext();
    },
    admit(runId) {
      running.set(runId, 0);
    },
    leave(runId) {
      positions = undefined;
      queued.delete(runId);
      running.delete(runId);
      beginNext();
    },
    putBack(runId) {
      const queuedAtMs = running.get(runId);
      if (queuedAtMs === undefined) return false;
      positions = undefined;
      running.delete(runId);
      queued = new Map([[runId, queuedAtMs], ...queued]);
      return true;
    },
    beginNext,
    positionOf(runId) {
      const queuedAtMs = queued.get(runId);
      if (queuedAtMs === undefined) return undefined;
      positions ??= new Map([...queued.keys()].map((other, index) => [other, index]));
      return { ahead: positions.get(runId) ?? 0, queuedAtMs };
    },
    queuedIds: () => queued.keys(),
    get queued() {
      return queued.size;
    },
    get running() {
      return running.size;
    },
  };
}
