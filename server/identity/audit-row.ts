import { auditKinds, type StoredAuditRecord } from './audit-trail.ts';

/** A row of the table `audit`, in either database. */
export function auditRecordOf(row: Readonly<Record<string, unknown>>): StoredAuditRecord {
  const name = textIn(row['actor_name']);
  const runId = textIn(row['run_id']);
  const subject = textIn(row['subject']);
  const node = textIn(row['node']);
  return {
    atMs: Number(row['at_ms']),
    number: Number(row['number']),
    // Those of a later version are shown as accesses.
    kind: auditKinds.find((kind) => kind === row['kind']) ?? 'access',
    actor: { id: String(row['actor']), ...(name !== undefined && { name }) },
    owner: String(row['owner']),
    procedure: String(row['procedure']),
    ...(runId !== undefined && { runId }),
    ...(subject !== undefined && { subject }),
    ...(node !== undefined && { node }),
    times: Number(row['times']),
  };
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
