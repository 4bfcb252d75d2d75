import type { Clock } from '../runtime/clock.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import type { AuditRecord } from './audit-trail.ts';

export interface AuditBufferOptions {
  /** Stores records durably, all or none. @param nowMs The present of `WaitingRecord.elapsedMs`. */
  readonly store: (records: readonly WaitingRecord[], nowMs: number) => Promise<void>;
  readonly clock: Pick<Clock, 'after' | 'elapsed'>;
  /** @default logs nothing */
  readonly logger?: Logger;
  /** Records wait so long for others, in milliseconds: equal ones are counted in one row. @default 250 */
  readonly flushMs?: number;
  /** Delay after a failure, in milliseconds. @default 1000 */
  readonly retryMs?: number;
  /** Different records that may wait while they cannot be stored; further ones are only in the log. @default 10000 */
  readonly maxWaiting?: number;
}

/** A record that waits, and how often it has occurred meanwhile. */
export interface WaitingRecord extends AuditRecord {
  /** When it occurred, by the clock that is never set. */
  readonly elapsedMs: number;
  times: number;
}

/** Records that are stored in the background: nothing that is recorded waits for it, or is rejected because of it. */
export interface AuditBuffer {
  record(record: AuditRecord): void;
  /** Stores what waits, if that is possible. */
  close(): Promise<void>;
}

export function createAuditBuffer(options: AuditBufferOptions): AuditBuffer {
  const { store, clock, logger = quietLogger } = options;
  const { flushMs = 250, retryMs = 1000, maxWaiting = 10_000 } = options;
  let waiting = new Map<string, WaitingRecord>();
  let cancel: (() => void) | undefined;
  let flushing: Promise<void> | undefined;
  let dropped = 0;
  let isClosed = false;

  async function flush(): Promise<void> {
    cancel = undefined;
    const records = waiting;
    waiting = new Map();
    try {
      await store([...records.values()], clock.elapsed());
      if (dropped > 0) logger.warn({ dropped }, 'audit records are in the log only: too many waited');
      dropped = 0;
    } catch (error) {
      // One that was stored although its response was lost is counted twice rather than not at all.
      for (const [key, record] of waiting) {
        const failed = records.get(key);
        if (failed === undefined) records.set(key, record);
        else failed.times += record.times;
      }
      waiting = records;
      if (isClosed) logger.warn({ error, records: records.size }, 'audit records are in the log only');
      else plan(retryMs);
      return;
    }
    if (waiting.size > 0 && !isClosed) plan(flushMs);
  }

  function plan(delayMs: number): void {
    cancel ??= clock.after(delayMs, () => {
      flushing = flush();
    });
  }

  return {
    record(record) {
      const { kind, actor, owner, procedure, runId = '', subject = '' } = record;
      const key = JSON.stringify([kind, actor.id, owner, procedure, runId, subject]);
      const known = waiting.get(key);
      if (known !== undefined) known.times += 1;
      else if (waiting.size >= maxWaiting || isClosed) dropped += 1;
      else {
        waiting.set(key, { ...record, elapsedMs: clock.elapsed(), times: 1 });
        plan(flushMs);
      }
    },
    async close() {
      isClosed = true;
      cancel?.();
      await flushing;
      cancel?.();
      if (waiting.size > 0) await flush();
    },
  };
}
