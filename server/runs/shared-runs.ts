import type { SharedRuns } from '../identity/links/links-method.ts';
import type { EventLog } from '../log/event-log.ts';

/** Looks up links in the index of runs, which has them without folding a run. */
export function createSharedRuns(
  log: Pick<EventLog, 'head' | 'lastGlobalPosition' | 'incarnationAt'>,
): SharedRuns {
  return {
    async find(runId) {
      const head = await log.head(runId);
      if (head === undefined || head.status === 'removed' || head.status === 'unreadable') return undefined;
      const { owner, shares = [] } = head.summary;
      return { owner, shares };
    },
    // Creating a link, removing one and deleting a run are commits.
    version: async () => {
      const position = await log.lastGlobalPosition();
      return `${log.incarnationAt(position)}.${position}`;
    },
  };
}
