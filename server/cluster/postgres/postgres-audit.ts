import type { AuditRecord, AuditTrail } from '../../identity/audit-trail.ts';
import { storable } from '../../log/postgres/events-read.ts';
import type { Queries } from '../../log/postgres/session.ts';
import type { Clock } from '../../runtime/clock.ts';
import { quietLogger, type Logger } from '../../runtime/logger.ts';

export interface PostgresAuditOptions {
  readonly queries: Queries;
  readonly clock: Pick<Clock, 'after' | 'elapsed'>;
  /** The name of this node, for operators. */
  readonly nodeName: string;
  /** @default logs nothing */
  readonly logger?: Logger;
  /** Records wait so long for others, in milliseconds: equal ones are counted in one row. @default 250 */
  readonly flushMs?: number;
  /** Delay after a failure, in milliseconds. @default 1000 */
  readonly retryMs?: number;
  /** Different records that may wait while the database is away; further ones are only in the log. @default 10000 */
  readonly maxWaiting?: number;
  /** How long records are kept, in days. @default 365 */
  readonly keepDays?: number;
}

export interface PostgresAudit extends AuditTrail {
  /** Stores what waits, unless the database is away. */
  close(): Promise<void>;
}

interface Waiting extends AuditRecord {
  readonly atMs: number;
  times: number;
}

const cleanEveryMs = 60 * 60 * 1000;

/** Audit records of all nodes in the database that they share. */
export function createPostgresAudit(options: PostgresAuditOptions): PostgresAudit {
  const { queries, clock, nodeName, logger = quietLogger } = options;
  const { flushMs = 250, retryMs = 1000, maxWaiting = 10_000, keepDays = 365 } = options;
  let waiting = new Map<string, Waiting>();
  let cancel: (() => void) | undefined;
  let flushing: Promise<void> | undefined;
  let dropped = 0;
  let cleanedMs = -Infinity;
  let isClosed = false;

  async function store(records: readonly Waiting[]): Promise<void> {
    const nowMs = clock.elapsed();
    await queries.query({
      text: `INSERT INTO audit (at, node, actor, owner, procedure, run_id, times)
        SELECT clock_timestamp() - age * interval '1 millisecond', $1, actor, owner, procedure, run_id, times
        FROM unnest($2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[])
          AS one (age, actor, owner, procedure, run_id, times)`,
      values: [
        nodeName,
        records.map(({ atMs }) => nowMs - atMs),
        records.map(({ actor }) => storable(actor)),
        records.map(({ owner }) => storable(owner)),
        records.map(({ procedure }) => storable(procedure)),
        records.map(({ runId }) => (runId === undefined ? null : storable(runId))),
        records.map(({ times }) => times),
      ],
    });
    if (nowMs - cleanedMs < cleanEveryMs) return;
    cleanedMs = nowMs;
    await queries.query({
      text: `DELETE FROM audit WHERE at < clock_timestamp() - $1 * interval '1 day'`,
      values: [keepDays],
    });
  }

  async function flush(): Promise<void> {
    cancel = undefined;
    const records = waiting;
    waiting = new Map();
    try {
      await store([...records.values()]);
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
      const { actor, owner, procedure, runId = '' } = record;
      const key = JSON.stringify([actor, owner, procedure, runId]);
      const known = waiting.get(key);
      if (known !== undefined) known.times += 1;
      else if (waiting.size >= maxWaiting || isClosed) dropped += 1;
      else {
        waiting.set(key, { ...record, atMs: clock.elapsed(), times: 1 });
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
