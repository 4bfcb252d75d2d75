import {
  createAuditBuffer,
  type AuditBufferOptions,
  type WaitingRecord,
} from '../../identity/audit-buffer.ts';
import { auditRecordOf } from '../../identity/audit-row.ts';
import { auditKinds, defaultAuditLimits } from '../../identity/audit-trail.ts';
import type { AuditLimits, AuditTrail } from '../../identity/audit-trail.ts';
import { storable } from '../../log/postgres/events-read.ts';
import type { Queries } from '../../log/postgres/session.ts';

export interface PostgresAuditOptions extends Omit<AuditBufferOptions, 'store'>, AuditLimits {
  readonly queries: Queries;
  /** The name of this node, for operators. */
  readonly nodeName: string;
}

export interface PostgresAudit extends AuditTrail {
  /** Stores what waits, unless the database is away. */
  close(): Promise<void>;
}

const cleanEveryMs = 60 * 60 * 1000;

/** Audit records of all nodes in the database that they share. */
export function createPostgresAudit(options: PostgresAuditOptions): PostgresAudit {
  const { queries, nodeName, maxRecordsPerKind, keepDays } = { ...defaultAuditLimits, ...options };
  let cleanedMs = -Infinity;

  async function store(records: readonly WaitingRecord[], nowMs: number): Promise<void> {
    await queries.query({
      text: `INSERT INTO audit (at, node, actor, owner, procedure, run_id, times, kind, actor_name, subject)
        SELECT clock_timestamp() - age * interval '1 millisecond', $1, actor, owner, procedure, run_id, times, kind, name,
          subject
        FROM unnest(
            $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::text[], $10::text[]
          ) AS one (age, actor, owner, procedure, run_id, times, kind, name, subject)`,
      values: [
        nodeName,
        records.map(({ elapsedMs }) => nowMs - elapsedMs),
        records.map(({ actor }) => storable(actor.id)),
        records.map(({ owner }) => storable(owner)),
        records.map(({ procedure }) => storable(procedure)),
        records.map(({ runId }) => storableOrNull(runId)),
        records.map(({ times }) => times),
        records.map(({ kind }) => kind),
        records.map(({ actor }) => storableOrNull(actor.name)),
        records.map(({ subject }) => storableOrNull(subject)),
      ],
    });
    if (nowMs - cleanedMs < cleanEveryMs) return;
    cleanedMs = nowMs;
    await clean();
  }

  async function clean(): Promise<void> {
    await queries.query({
      text: `DELETE FROM audit WHERE at < clock_timestamp() - $1 * interval '1 day'`,
      values: [keepDays],
    });
    for (const kind of auditKinds) {
      await queries.query({
        text: `DELETE FROM audit WHERE kind = $1
          AND number <= (SELECT number FROM audit WHERE kind = $1 ORDER BY number DESC OFFSET $2 LIMIT 1)`,
        values: [kind, maxRecordsPerKind],
      });
    }
  }

  const buffer = createAuditBuffer({ ...options, store });
  return {
    record: (record) => buffer.record(record),
    async list({ after: { atMs, number }, limit }) {
      const rows = await queries.query({
        // Positions have whole milliseconds.
        text: `SELECT * FROM (
            SELECT *, floor(extract(epoch FROM at) * 1000)::float8 AS at_ms FROM audit
            WHERE at >= to_timestamp($1::float8 / 1000.0)
          ) AS found
          WHERE (at_ms, number) > ($1::float8, $2::bigint) ORDER BY at_ms, number LIMIT $3`,
        values: [atMs, number, limit],
      });
      return rows.map(auditRecordOf);
    },
    close: () => buffer.close(),
  };
}

function storableOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}
