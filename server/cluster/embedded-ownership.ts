import type { EventLog } from '../log/event-log.ts';
import type { Claim, Ownership } from './ownership.ts';

/**
 * The ownership of the one node of an embedded log: every run is its own, for as long as it lives. The first claim gives
 * the runs that its former life has left, and there is never another one to give.
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
      return runIds.map((runId): Claim => ({ runId, reason: 'restart', queuedAtMs: 0 }));
    },
    claimQueued: () => Promise.resolve(false),
    release: () => Promise.resolve(),
    renew: () => Promise.resolve({ storeNowMs: 0, lost: [] }),
    onChange: () => () => undefined,
    queued: 0,
    placeOf: () => undefined,
    asOnlySweeper: (sweep) => sweep(),
  };
}
