import { LogUnavailable, type EventLog } from '../../server/log/event-log.ts';
import { createGroupCommitLog } from '../../server/log/group-commit.ts';
import { createMemoryStorage } from '../../server/log/memory.ts';
import type { Clock } from '../../server/runtime/clock.ts';

export interface FallibleLogOptions {
  readonly clock: Clock;
  /** @default 0 */
  readonly commitWindowMs?: number;
  /** Called before each commit; what it throws makes that commit fail, as a full disk would. */
  readonly beforeCommit: () => void;
}

/** A log in memory that can be made to fail. */
export function createFallibleLog({ clock, beforeCommit, commitWindowMs }: FallibleLogOptions): EventLog {
  const storage = createMemoryStorage({ clock });
  const tryCommit = () => {
    try {
      beforeCommit();
    } catch (error) {
      throw new LogUnavailable('the log could not be written', { cause: error });
    }
  };
  return createGroupCommitLog({
    clock,
    commitWindowMs,
    storage: {
      ...storage,
      commit() {
        tryCommit();
        storage.commit();
      },
      remove(runId) {
        tryCommit();
        storage.remove(runId);
      },
      delete(deletion) {
        tryCommit();
        return storage.delete(deletion);
      },
      probe: tryCommit,
    },
  });
}
