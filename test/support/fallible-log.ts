import { LogUnavailable, type EventLog } from '../../server/log/event-log.ts';
import { createGroupCommitLog } from '../../server/log/group-commit.ts';
import { createMemoryStorage } from '../../server/log/memory.ts';
import type { Clock } from '../../server/runtime/clock.ts';

export interface FallibleLogOptions {
  readonly clock: Clock;
  /** Called before each commit; what it throws makes that commit fail, as a full disk would. */
  readonly beforeCommit: () => void;
}

/** A log in memory that can be made to fail. */
export function createFallibleLog({ clock, beforeCommit }: FallibleLogOptions): EventLog {
  const storage = createMemoryStorage();
  const tryCommit = () => {
    try {
      beforeCommit();
    } catch (error) {
      throw new LogUnavailable('the log could not be written', { cause: error });
    }
  };
  return createGroupCommitLog({
    clock,
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
