import type { EventLog } from '../../log/event-log.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Waits for a failing log to recover, once for all runs: a full disk does not need a thousand probes per second. */
export interface LogWatch {
  /** Calls `listener` once, when the log can be written again. Returns a function that unsubscribes. */
  onAvailable(listener: () => void): () => void;
}

export function createLogWatch(options: {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Delay before each probe of the log, in milliseconds. */
  readonly logRetryMs: number;
}): LogWatch {
  const { log, clock, logRetryMs } = options;
  const listeners = new Set<() => void>();
  let cancel: (() => void) | undefined;

  function tryLater(): void {
    cancel = clock.after(logRetryMs, () => {
      log.probe().then(notifyAll, () => {
        cancel = undefined;
        if (listeners.size > 0) tryLater();
      });
    });
  }

  function notifyAll(): void {
    cancel = undefined;
    const notified = [...listeners];
    listeners.clear();
    for (const listener of notified) listener();
  }

  return {
    onAvailable(listener) {
      listeners.add(listener);
      if (cancel === undefined) tryLater();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
  };
}
