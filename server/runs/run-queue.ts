import type { Waiting } from './run-service.ts';

/** Hands queued runs over to be begun, no more at a time than the server can carry. */
export interface RunQueue {
  /** Puts a run at the end of the queue; it is begun at once if there is room. */
  push(runId: string, queuedAtMs: number): void;
  /** Counts a run as running that need not wait: it was running before. */
  admit(runId: string): void;
  /** Takes a run out, whether it waits or runs; the next one may begin. */
  leave(runId: string): void;
  /**
   * Gives the place of a run back that cannot be carried yet: it is the first again.
   *
   * @returns false if the run has left meanwhile.
   */
  putBack(runId: string): boolean;
  /** Looks again whether the first may begin. */
  look(): void;
  /** Where a run stands; `undefined` if it does not wait. */
  placeOf(runId: string): QueuePlace | undefined;
  /** Those that wait, in order. */
  waitingIds(): Iterable<string>;
  readonly waiting: number;
  readonly running: number;
}

export interface QueuePlace {
  /** How many runs will begin before this one. */
  readonly ahead: number;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/** What a run waits for that stands in a queue. */
export function waitingInQueue(place: QueuePlace | undefined, nowMs: number): Waiting | undefined {
  if (place === undefined) return undefined;
  const elapsedMs = Math.max(0, nowMs - place.queuedAtMs);
  return { type: 'run.waiting', phase: 'queued', ahead: place.ahead, elapsedMs };
}

export interface RunQueueOptions {
  /** Runs that may be under way at the same time. */
  readonly maxRunning: number;
  /** Is there memory for one more? */
  mayBegin(): boolean;
  /** Begins a run whose turn has come. */
  begin(runId: string): void;
}

/** The queue of one process: all that is held of a run that waits. */
export function createRunQueue(options: RunQueueOptions): RunQueue {
  /** In the order of their beginning. */
  let waiting = new Map<string, number>();
  const running = new Map<string, number>();
  /** How many are ahead of each, counted when somebody asks after a change. */
  let places: Map<string, number> | undefined;

  function beginNext(): void {
    for (const [runId, queuedAtMs] of waiting) {
      if (running.size >= options.maxRunning || !options.mayBegin()) return;
      places = undefined;
      waiting.delete(runId);
      running.set(runId, queuedAtMs);
      options.begin(runId);
    }
  }

  return {
    push(runId, queuedAtMs) {
      places = undefined;
      waiting.set(runId, queuedAtMs);
      beginNext();
    },
    admit(runId) {
      running.set(runId, 0);
    },
    leave(runId) {
      places = undefined;
      waiting.delete(runId);
      running.delete(runId);
      beginNext();
    },
    putBack(runId) {
      const queuedAtMs = running.get(runId);
      if (queuedAtMs === undefined) return false;
      places = undefined;
      running.delete(runId);
      waiting = new Map([[runId, queuedAtMs], ...waiting]);
      return true;
    },
    look: beginNext,
    placeOf(runId) {
      const queuedAtMs = waiting.get(runId);
      if (queuedAtMs === undefined) return undefined;
      places ??= new Map([...waiting.keys()].map((other, index) => [other, index]));
      return { ahead: places.get(runId) ?? 0, queuedAtMs };
    },
    waitingIds: () => waiting.keys(),
    get waiting() {
      return waiting.size;
    },
    get running() {
      return running.size;
    },
  };
}
