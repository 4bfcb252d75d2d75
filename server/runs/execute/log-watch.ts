import type { EventLog } from '../../log/event-log.ts';
import type { Clock } from '../../runtime/clock.ts';

/** Waits for a log that fails to work again, once for all runs: a full disk needs no thousand probes a second. */
export interface LogWatch {
  /** Calls `back` once, when the log could be written again. Returns the way to wait no longer. */
  wait(back: () => void): () => void;
}

export function createLogWatch(options: {
  readonly log: EventLog;
  readonly clock: Clock;
  /** How long to wait before the log is tried, and tried again, in milliseconds. */
  readonly logRetryMs: number;
}): LogWatch {
  const { log, clock, logRetryMs } = options;
  const waiting = new Set<() => void>();
  let cancel: (() => void) | undefined;

  function tryLater(): void {
    cancel = clock.after(logRetryMs, () => {
      log.probe().then(tellAll, () => {
        cancel = undefined;
        if (waiting.size > 0) tryLater();
      });
    });
  }

  function tellAll(): void {
    cancel = undefined;
    const told = [...waiting];
    waiting.clear();
    for (const back of told) back();
  }

  return {
    wait(back) {
      waiting.add(back);
      if (cancel === undefined) tryLater();
      return () => {
        waiting.delete(back);
        if (waiting.size > 0) return;
        cancel?.();
        cancel = undefined;
      };
    },
  };
}
