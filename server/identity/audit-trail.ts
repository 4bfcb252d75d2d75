/** An access of an administrator to the runs of another owner. */
export interface AuditRecord {
  /** The id of the actor. */
  readonly actor: string;
  readonly owner: string;
  /** Path of the procedure, or the route. */
  readonly procedure: string;
  readonly runId?: string;
}

/** Keeps audit records in addition to the log of the process. */
export interface AuditTrail {
  /** Returns at once; the record is stored soon afterwards. */
  record(record: AuditRecord): void;
}
