import type { Clock } from '../runtime/clock.ts';
import { phaseOf } from './decide/phase.ts';
import type { LoadedRuns } from './loaded-runs.ts';
import type { NodeRuns } from './node-runs.ts';
import type { NodeStatus } from './node-status.ts';
import type { RunQueue } from './run-queue.ts';

/** How many runs a server has, and in which state. */
export interface RunStats {
  /** Runs that are executed here. */
  readonly executing: number;
  /** Those of them that wait to retry a failed attempt. */
  readonly inBackoff: number;
  /** Runs in the queue; with a shared log that of all nodes. */
  readonly queued: number;
  /** How long the oldest of them has been queued, in milliseconds; 0 if there is none. */
  readonly oldestQueuedMs: number;
  /** `undefined` for an embedded log. */
  readonly node: NodeStatus | undefined;
}

export interface RunStatsOptions {
  readonly clock: Clock;
  readonly loaded: Pick<LoadedRuns, 'all'>;
  readonly queue: Pick<RunQueue, 'queued' | 'running' | 'oldestQueuedAtMs'>;
  readonly node: Pick<NodeRuns, 'queued' | 'oldestQueuedAtMs' | 'status'> | undefined;
}

/** Counted when they are read: the runs themselves pay nothing for it. */
export function runStats({ clock, loaded, queue, node }: RunStatsOptions): RunStats {
  const instants = [queue.oldestQueuedAtMs, node?.oldestQueuedAtMs].filter((ms) => ms !== undefined);
  const nowMs = clock.now();
  return {
    executing: queue.running,
    get inBackoff() {
      let count = 0;
      for (const { run } of loaded.all()) if (phaseOf(run).is === 'backoff') count += 1;
      return count;
    },
    queued: queue.queued + (node?.queued ?? 0),
    oldestQueuedMs: Math.max(0, nowMs - Math.min(nowMs, ...instants)),
    node: node?.status(),
  };
}
