import type { Cluster } from '../../server/cluster/cluster.ts';
import type { Ownership } from '../../server/cluster/ownership.ts';

/** A cluster without other nodes, runs or commands: a test gives the parts of `ownership` that it is about. */
export function createIdleCluster(
  ownership: Pick<Ownership, 'leaseMs' | 'renew'> & Partial<Ownership>,
): Cluster {
  return {
    ownership: {
      nodeId: 'a',
      claim: () => Promise.resolve([]),
      claimQueued: () => Promise.reject(new Error('not asked here')),
      release: () => Promise.resolve(),
      announceDrain: () => undefined,
      hasPeers: () => Promise.resolve(false),
      onChange: () => () => undefined,
      queued: 0,
      positionOf: () => undefined,
      withSweepLock: (sweep) => sweep(),
      ...ownership,
    },
    commands: {
      deliver: () => Promise.resolve('no-executor'),
      serve: () => () => undefined,
      poll: () => undefined,
    },
    heartbeats: { publish: () => undefined, subscribe: () => () => undefined },
  };
}
