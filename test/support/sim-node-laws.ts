import type { Clock } from '../../server/runtime/clock.ts';
import { durableEntries } from './durable-entries.ts';
import type { MemoryCluster } from './memory-cluster.ts';
import type { SimNode } from './sim-node.ts';
import type { SimTruth } from './sim-truth.ts';

export interface SimNodeLawsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly truth: SimTruth;
  readonly cluster: Pick<MemoryCluster, 'leaseMs' | 'ownerOf' | 'hasLease'>;
  readonly maxRunningRuns: number;
  /** An event may be dated so far ahead of the log's clock, in milliseconds. */
  readonly mostAheadMs: number;
  /** Is the clock of the node's machine wrong by too much? */
  isUnfit(nodeId: string | undefined): boolean;
  onBroken(law: string): void;
}

/** Laws of several nodes over one log. */
export interface SimNodeLaws {
  /** Called at intervals after all faults have ended: a run that has begun is executed by a node, if one has a slot. */
  checkOwner(runId: string, nodes: readonly SimNode[], intervalMs: number): void;
}

export function watchSimNodeLaws(options: SimNodeLawsOptions): SimNodeLaws {
  const { clock, truth, cluster, maxRunningRuns, mostAheadMs, isUnfit, onBroken } = options;
  const epochs = new Map<string, number>();
  /** How often in a row no node had a live run. */
  const orphans = new Map<string, number>();
  truth.log.watchAll((entries) => {
    for (const { epoch, event } of durableEntries(entries)) {
      const before = epochs.get(event.runId) ?? 1;
      if (epoch < before)
        onBroken(`${event.runId} has an event of epoch ${epoch} after one of epoch ${before}`);
      epochs.set(event.runId, epoch);
    }
    for (const { event } of entries) {
      const aheadMs = Date.parse(event.at) - clock.now();
      if (aheadMs > mostAheadMs) onBroken(`${event.type} is dated ${aheadMs} ms ahead of the log's clock`);
      if (event.type === 'stage.started' && isUnfit(cluster.ownerOf(event.runId)))
        onBroken(`${event.runId} is executed by a node whose clock is wrong by too much`);
    }
  });

  return {
    checkOwner(runId, nodes, intervalMs) {
      if (truth.stateAt(runId)?.status === 'queued') return;
      const owner = cluster.ownerOf(runId);
      const liveIds = truth.runIds.filter((id) => truth.isLive(id));
      const isFull = (node: SimNode) =>
        liveIds.filter((id) => cluster.ownerOf(id) === node.nodeId).length >= maxRunningRuns;
      if (nodes.every((node) => isUnfit(node.nodeId) || isFull(node))) return;
      const isExecuted = owner !== undefined && cluster.hasLease(owner);
      // A crash that waited for an append may still come.
      const seen = isExecuted ? 0 : (orphans.get(runId) ?? 0) + 1;
      orphans.set(runId, seen);
      if (seen * intervalMs > 2 * cluster.leaseMs + intervalMs) {
        onBroken(`nobody executes ${runId}: ${String(owner)}`);
      }
    },
  };
}
