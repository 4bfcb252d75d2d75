import type { SharedLimits } from '../limits/shared-limits.ts';
import type { StartCounts } from '../limits/owner-limits.ts';
import type { NodeRuns } from './node-runs.ts';
import type { RunQueue } from './run-queue.ts';

export interface StartCountsOptions {
  readonly queue: Pick<RunQueue, 'queued' | 'running' | 'ofOwner'>;
  readonly node: Pick<NodeRuns, 'queued' | 'freeSlots'> | undefined;
  /** Counts of all nodes. @default those of this one */
  readonly shared?: Pick<SharedLimits, 'runsOfOwner'> | undefined;
  readonly maxRunningRuns: number;
  readonly maxRunningOfOwner?: number | undefined;
}

/** The runs that a start is compared with: of this process, or of all nodes that share its log. */
export function createStartCounts(options: StartCountsOptions): StartCounts {
  const { queue, node, shared, maxRunningRuns, maxRunningOfOwner = Infinity } = options;
  return {
    runsOfOwner: (owner) => shared?.runsOfOwner(owner) ?? queue.ofOwner(owner),
    get queued() {
      return node?.queued ?? queue.queued;
    },
    freeFor(_, { queued, running }) {
      const ofOwner = Math.max(0, maxRunningOfOwner - running);
      // A claim takes the runs of an owner with a limit from the queue a moment later.
      if (node !== undefined) return Math.min(node.queued > 0 ? 0 : node.freeSlots(), ofOwner);
      return queued > 0 ? 0 : Math.min(Math.max(0, maxRunningRuns - queue.running), ofOwner);
    },
  };
}
