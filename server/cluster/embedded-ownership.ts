import type { EventLog } from '../log/event-log.ts';
import type { Claim, Ownership } from './ownership.ts';

/**
 * The ownership of the single node of an embedded log: it executes every run. The first claim returns the runs
 * of the previous process; later ones return nothing.
 */
export function createEmbeddedOwnership(log: Pick<EventLog, 'liveRuns'>): Ownership {
  let hasClaimed = false;
  return {
    nodeId: 'embedded',
    leaseMs: Infinity,
    async claim() {
      if (hasClaimed) return [];
      hasClaimed = true;
      const runIds = await log.liveRuns();
      return runIds.map((runId): Claim => ({ runId, owner: '', reason: 'restart', queuedAtMs: 0 }));
    },
    claimQueued: () => Promise.resolve(false),
    release: () => Promise.resolve(),
    renew: () => Promise.resolve({ storeNowMs: 0, lost: [], lease: '' }),
    hasPeers: () => Promise.resolve(false),
    announceDrain: () => undefined,
    onChange: () => () => undefined,
    queued: 0,
    positionOf: () => undefined,
    withSweepLock: (sweep) => sweep(),
  };
}
