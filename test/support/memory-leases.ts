import type { Peer } from '../../server/cluster/claim-delay.ts';
import type { Renewal } from '../../server/cluster/ownership.ts';
import type { Clock } from '../../server/runtime/clock.ts';

/** The leases of the nodes of a memory cluster. */
export interface MemoryLeases {
  hasLease(nodeId: string): boolean;
  /** Was the lease renewed within half of it? */
  isFresh(nodeId: string): boolean;
  /** Identifies the last renewal of a node; `undefined` before the first. */
  lastRenewal(nodeId: string): string | undefined;
  /** @returns what identifies this renewal */
  renew(nodeId: string, version: string): string;
  /** All other nodes with a lease. */
  peersOf(nodeId: string): readonly Peer[];
  /** Until the first of these leases expires. */
  expiryOfPeers(nodeId: string): Pick<Renewal, 'nextExpiryMs'>;
  end(nodeId: string): void;
}

export function createMemoryLeases(options: {
  readonly clock: Clock;
  readonly leaseMs: number;
}): MemoryLeases {
  const { clock, leaseMs } = options;
  const leases = new Map<
    string,
    { readonly untilMs: number; readonly renewal: number; readonly version: string }
  >();
  const leftMs = (nodeId: string) => (leases.get(nodeId)?.untilMs ?? -Infinity) - clock.elapsed();
  const hasLease = (nodeId: string) => leftMs(nodeId) > 0;
  const peersOf = (nodeId: string) =>
    [...leases]
      .filter(([other]) => other !== nodeId && hasLease(other))
      .map(([other, { version }]) => ({ nodeId: other, version }));
  return {
    hasLease,
    isFresh: (nodeId) => leftMs(nodeId) > leaseMs / 2,
    lastRenewal: (nodeId) => leases.get(nodeId)?.renewal.toString(),
    renew(nodeId, version) {
      const renewal = (leases.get(nodeId)?.renewal ?? 0) + 1;
      leases.set(nodeId, { untilMs: clock.elapsed() + leaseMs, renewal, version });
      return String(renewal);
    },
    peersOf,
    expiryOfPeers(nodeId) {
      const left = peersOf(nodeId).map((peer) => leftMs(peer.nodeId));
      return left.length === 0 ? {} : { nextExpiryMs: Math.min(...left) };
    },
    end: (nodeId) => void leases.delete(nodeId),
  };
}
