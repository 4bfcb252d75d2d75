import type { Clock } from '../runtime/clock.ts';
import type { FlushReport } from './flush-monitor.ts';
import type { LogStorage } from './log-storage.ts';

export interface MeasuredStorageOptions {
  readonly clock: Clock;
  /** Called after each transaction. @default nothing is measured */
  readonly onFlush?: ((report: FlushReport) => void) | undefined;
}

/** Measures the transactions of the storage of an embedded log. */
export function measureStorage(storage: LogStorage, options: MeasuredStorageOptions): LogStorage {
  const { clock, onFlush } = options;
  if (onFlush === undefined) return storage;
  let startedMs: number | undefined;
  let counted = { runs: 0, events: 0, rejected: 0 };

  function end(isAnswered: boolean): void {
    if (startedMs === undefined) return;
    onFlush?.({ durationMs: clock.elapsed() - startedMs, ...counted, isAnswered });
    startedMs = undefined;
  }

  return {
    ...storage,
    begin() {
      counted = { runs: 0, events: 0, rejected: 0 };
      startedMs = clock.elapsed();
      storage.begin();
    },
    savepoint(work) {
      counted.runs += 1;
      try {
        return storage.savepoint(work);
      } catch (error) {
        counted.rejected += 1;
        throw error;
      }
    },
    add(epoch, event) {
      counted.events += 1;
      return storage.add(epoch, event);
    },
    commit() {
      storage.commit();
      end(true);
    },
    rollback() {
      storage.rollback();
      end(false);
    },
  };
}
