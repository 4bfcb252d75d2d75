import type { RunsOfOwner } from '../limits/shared-limits.ts';
import type { Heartbeat } from './run-service.ts';

/** A run in the queue. */
export interface QueuedRun {
  readonly owner: string;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/**
 * Starts queued runs, at most as many at a time as the server has capacity for. The owners take turns: the next run is that
 * of the owner with the fewest running runs, and among equals of the one whose last turn is longest ago. The runs of one
 * owner keep their order.
 */
export interface RunQueue {
  /** Appends a run to the queue; it begins at once if there is capacity. */
  push(runId: string, run: QueuedRun): void;
  /** Counts a run as running without queueing it: it was running before. */
  admit(runId: string, owner: string): void;
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
  /** Queued runs, the oldest of each owner first. */
  queuedIds(): Iterable<string>;
  ofOwner(owner: string): RunsOfOwner;
  readonly queued: number;
  /** Milliseconds since the Unix epoch; `undefined` if none is queued. */
  readonly oldestQueuedAtMs: number | undefined;
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
  /** Of these, runs of one owner. @default Infinity */
  readonly maxRunningOfOwner?: number | undefined;
  /** Is there memory for one more? */
  mayBegin(): boolean;
  /** Begins the next run of the queue. */
  begin(runId: string): void;
}

/** An owner with queued or running runs. */
interface OwnerQueue {
  /** In the order of execution. */
  readonly runs: Map<string, QueuedRun>;
  running: number;
  /** Counts the turns of all owners. */
  lastTurn: number;
}

/** The queue of one process. It holds only the id, the owner and the time of a queued run. */
export function createRunQueue(options: RunQueueOptions): RunQueue {
  const { maxRunning, maxRunningOfOwner = Infinity } = options;
  const owners = new Map<string, OwnerQueue>();
  const queued = new Map<string, QueuedRun>();
  const running = new Map<string, QueuedRun>();
  /** Runs that had their turn and were put back; the next one first. */
  let returned = new Map<string, QueuedRun>();
  let turns = 0;
  /** Positions, computed on demand after a change. */
  let positions: Map<string, number> | undefined;

  function ownerOf({ owner }: QueuedRun): OwnerQueue {
    const known = owners.get(owner);
    if (known !== undefined) return known;
    const added = { runs: new Map<string, QueuedRun>(), running: 0, lastTurn: 0 };
    owners.set(owner, added);
    return added;
  }

  function forgetIdle(owner: string): void {
    const known = owners.get(owner);
    if (known?.running === 0 && known.runs.size === 0) owners.delete(owner);
  }

  function setRunning(runId: string, run: QueuedRun): void {
    if (running.has(runId)) return;
    running.set(runId, run);
    ownerOf(run).running += 1;
  }

  function endRunning(runId: string): QueuedRun | undefined {
    const run = running.get(runId);
    if (run === undefined || !running.delete(runId)) return undefined;
    ownerOf(run).running -= 1;
    return run;
  }

  /** Removes it from the queue. */
  function take(runId: string): QueuedRun | undefined {
    const run = queued.get(runId);
    if (run === undefined) return undefined;
    positions = undefined;
    queued.delete(runId);
    returned.delete(runId);
    ownerOf(run).runs.delete(runId);
    return run;
  }

  function next(): string | undefined {
    for (const runId of returned.keys()) return runId;
    let best: OwnerQueue | undefined;
    for (const one of owners.values()) {
      if (one.runs.size === 0 || one.running >= maxRunningOfOwner) continue;
      if (best === undefined || compareOwners(one, best) < 0) best = one;
    }
    return best && firstOf(best)?.[0];
  }

  function beginNext(): void {
    for (let runId = next(); runId !== undefined; runId = next()) {
      if (running.size >= maxRunning || !options.mayBegin()) return;
      const run = take(runId);
      if (run === undefined) return;
      setRunning(runId, run);
      turns += 1;
      ownerOf(run).lastTurn = turns;
      options.begin(runId);
      // There was no capacity for it after all.
      if (returned.has(runId)) return;
    }
  }

  function rank(): Map<string, number> {
    const rounds: string[][] = [];
    for (const { runs, running: first } of [...owners.values()].toSorted(compareTurns)) {
      let round = first;
      for (const runId of runs.keys()) {
        if (returned.has(runId)) continue;
        (rounds[round] ??= []).push(runId);
        round += 1;
      }
    }
    return new Map([...returned.keys(), ...rounds.flat()].map((runId, index) => [runId, index]));
  }

  return {
    push(runId, run) {
      take(runId);
      positions = undefined;
      queued.set(runId, run);
      ownerOf(run).runs.set(runId, run);
      beginNext();
    },
    admit(runId, owner) {
      setRunning(runId, { owner, queuedAtMs: 0 });
    },
    leave(runId) {
      positions = undefined;
      const run = take(runId) ?? endRunning(runId);
      if (run !== undefined) forgetIdle(run.owner);
      beginNext();
    },
    putBack(runId) {
      const run = endRunning(runId);
      if (run === undefined) return false;
      positions = undefined;
      queued.set(runId, run);
      const { runs } = ownerOf(run);
      const others = [...runs];
      runs.clear();
      for (const [id, one] of [[runId, run] as const, ...others]) runs.set(id, one);
      returned = new Map([[runId, run], ...returned]);
      return true;
    },
    beginNext,
    positionOf(runId) {
      const run = queued.get(runId);
      if (run === undefined) return undefined;
      positions ??= rank();
      return { ahead: positions.get(runId) ?? 0, queuedAtMs: run.queuedAtMs };
    },
    queuedIds: () => queued.keys(),
    ofOwner(owner) {
      const { runs, running: count } = owners.get(owner) ?? { runs: { size: 0 }, running: 0 };
      return { queued: runs.size, running: count };
    },
    get queued() {
      return queued.size;
    },
    get oldestQueuedAtMs() {
      let oldest: number | undefined;
      for (const { queuedAtMs } of queued.values()) oldest = Math.min(oldest ?? Infinity, queuedAtMs);
      return oldest;
    },
    get running() {
      return running.size;
    },
  };
}

function firstOf({ runs }: OwnerQueue): readonly [string, QueuedRun] | undefined {
  for (const first of runs) return first;
  return undefined;
}

/** Negative if the run of `one` begins before that of `other`. */
function compareOwners(one: OwnerQueue, other: OwnerQueue): number {
  return one.running - other.running || compareTurns(one, other);
}

function compareTurns(one: OwnerQueue, other: OwnerQueue): number {
  const queuedAtMs = (owner: OwnerQueue) => firstOf(owner)?.[1].queuedAtMs ?? 0;
  return one.lastTurn - other.lastTurn || queuedAtMs(one) - queuedAtMs(other);
}
