import { auditKinds, type StoredAuditRecord } from './audit-trail.ts';

/** A row of the table `audit`, in either database. */
export function auditRecordOf(row: Readonly<Record<string, unknown>>): StoredAuditRecord {
  const name = row['actor_name'] ?? undefined;
  const runId = row['run_id'] ?? undefined;
  const subject = row['subject'] ?? undefined;
  const node = row['node'] ?? undefined;
  return {
    atMs: Number(row['at_ms']),
    number: Number(row['number']),
    // Those of a later version are shown as accesses.
    kind: auditKinds.find((kind) => kind === row['kind']) ?? 'access',
    actor: { id: String(row['actor']), ...(name !== undefined && { name: String(name) }) },
    owner: String(row['owner']),
    procedure: String(row['procedure']),
    ...(runId !== undefined && { runId: String(runId) }),
    ...(subject !== undefined && { subject: String(subject) }),
    ...(node !== undefined && { node: String(node) }),
    times: Number(row['times']),
  };
}
