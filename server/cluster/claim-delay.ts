import type { Clock } from '../runtime/clock.ts';
import { compareVersions } from './compare-versions.ts';

/** Another node with a lease. */
export interface Peer {
  readonly nodeId: string;
  /** Of its program. */
  readonly version: string;
}

/**
 * Nodes of an older version wait before they claim a run: during an upgrade a run moves once, to a node of the new version,
 * and not again when the next old node is ended.
 */
export interface ClaimDelay {
  /** Is there a node of a newer version that claims runs? */
  readonly isOlder: boolean;
  /** Nodes that claim nothing more. */
  readonly drainingIds: readonly string[];
  /** All other nodes with a lease, as a renewal has found them. */
  setPeers(peers: readonly Peer[]): void;
  /** A node has announced itself. */
  join(peer: Peer): void;
  /** A node has announced that it claims nothing more. */
  drain(nodeId: string): void;
  /**
   * Those that this node may claim now: the runs that have been claimable for the delay.
   *
   * @param claimable All runs that it could claim.
   */
  ripe(claimable: readonly string[]): readonly string[];
}

export interface ClaimDelayOptions {
  readonly clock: Pick<Clock, 'elapsed'>;
  /** Of this program. */
  readonly version: string;
  /** How long nodes of an older version wait, in milliseconds. @default 2000 */
  readonly olderClaimDelayMs?: number | undefined;
}

export function createClaimDelay(options: ClaimDelayOptions): ClaimDelay {
  const { clock, version, olderClaimDelayMs = 2000 } = options;
  let peers = new Map<string, string>();
  const draining = new Set<string>();
  /** When a run was first seen to be claimable. */
  let seenMs = new Map<string, number>();

  return {
    get isOlder() {
      return [...peers].some(
        ([nodeId, other]) => !draining.has(nodeId) && compareVersions(other, version) > 0,
      );
    },
    get drainingIds() {
      return [...draining];
    },
    setPeers(found) {
      peers = new Map(found.map((peer) => [peer.nodeId, peer.version]));
      for (const nodeId of draining) if (!peers.has(nodeId)) draining.delete(nodeId);
    },
    join: (peer) => void peers.set(peer.nodeId, peer.version),
    drain: (nodeId) => void draining.add(nodeId),
    ripe(claimable) {
      const nowMs = clock.elapsed();
      seenMs = new Map(claimable.map((runId) => [runId, seenMs.get(runId) ?? nowMs]));
      return claimable.filter((runId) => nowMs - (seenMs.get(runId) ?? nowMs) >= olderClaimDelayMs);
    },
  };
}
