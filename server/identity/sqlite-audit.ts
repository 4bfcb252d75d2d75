import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { createAuditBuffer } from './audit-buffer.ts';
import { auditRecordOf } from './audit-row.ts';
import { auditKinds, defaultAuditLimits } from './audit-trail.ts';
import type { AuditLimits, AuditRecord, AuditTrail } from './audit-trail.ts';
import type { AccessFile } from './keys/access-file.ts';
import type { AccessDatabase } from './keys/open-access-database.ts';

export interface SqliteAuditOptions extends AuditLimits {
  readonly file: AccessFile;
  readonly clock: Pick<Clock, 'now' | 'after' | 'elapsed'>;
  /** @default logs nothing */
  readonly logger?: Logger;
}

export interface SqliteAudit extends AuditTrail {
  /** Stores what waits. Before the file is closed. */
  close(): Promise<void>;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Audit records in `access.db`, which a server and the commands of an administrator share. */
export function createSqliteAudit({ file, clock, logger, ...limits }: SqliteAuditOptions): SqliteAudit {
  const buffer = createAuditBuffer({
    clock,
    ...(logger !== undefined && { logger }),
    async store(records, nowMs) {
      const { database } = file.current();
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { elapsedMs, times, ...record } of records) {
          insertAudit({ database }, record, { atMs: clock.now() - (nowMs - elapsedMs), times });
        }
        removeOldAudit({ database }, clock.now(), limits);
        database.exec('COMMIT');
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
  });

  return {
    record: (record) => buffer.record(record),
    async list({ after: { atMs, number }, limit }) {
      return file
        .current()
        .database.prepare('SELECT * FROM audit WHERE (at_ms, number) > (?, ?) ORDER BY at_ms, number LIMIT ?')
        .all(atMs, number, limit)
        .map(auditRecordOf);
    },
    close: () => buffer.close(),
  };
}

/** Stores a record, in the transaction of what it records. */
export function insertAudit(
  { database }: Pick<AccessDatabase, 'database'>,
  { kind, actor, owner, procedure, runId, subject }: AuditRecord,
  { atMs, times = 1 }: { readonly atMs: number; readonly times?: number },
): void {
  database
    .prepare(
      'INSERT INTO audit (at_ms, kind, actor, actor_name, owner, procedure, run_id, subject, times) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    )
    .run(
      Math.round(atMs),
      kind,
      actor.id,
      actor.name ?? null,
      owner,
      procedure,
      runId ?? null,
      subject ?? null,
      times,
    );
}

/** Removes what is older or more than is kept. */
export function removeOldAudit(
  { database }: Pick<AccessDatabase, 'database'>,
  nowMs: number,
  limits: AuditLimits = {},
): void {
  const { maxRecordsPerKind, keepDays } = { ...defaultAuditLimits, ...limits };
  database.prepare('DELETE FROM audit WHERE at_ms < ?').run(Math.round(nowMs - keepDays * dayMs));
  const excess = database.prepare(
    'DELETE FROM audit WHERE kind = ?1 AND number <= (SELECT number FROM audit WHERE kind = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)',
  );
  for (const kind of auditKinds) excess.run(kind, maxRecordsPerKind);
}
