/** What a record is about: an administrator's access to runs of another owner, an access key, or a session of a browser. */
export const auditKinds = ['access', 'key', 'session'] as const;

export type AuditKind = (typeof auditKinds)[number];

/** Who did something, as in events. */
export interface AuditActor {
  readonly id: string;
  readonly name?: string | undefined;
}

/** Something that is not in the log of a run. It has no text of a run, and nothing of a secret. */
export interface AuditRecord {
  readonly kind: AuditKind;
  readonly actor: AuditActor;
  /** Of the runs, the access key or the session; `*`: of all owners. */
  readonly owner: string;
  /** Path of the procedure, or the route. */
  readonly procedure: string;
  readonly runId?: string | undefined;
  /** The id of the access key. */
  readonly subject?: string | undefined;
}

/** A record, and where it is in the order of the trail. */
export interface StoredAuditRecord extends AuditRecord {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Unique in its trail. */
  readonly number: number;
  /** The node that stored it. */
  readonly node?: string | undefined;
  /** Equal ones within a moment, that are stored as one. */
  readonly times: number;
}

/** A position in the order of `(atMs, number)`. */
export type AuditPosition = Pick<StoredAuditRecord, 'atMs' | 'number'>;

/** Keeps audit records in addition to the log of the process, within limits of number and age. */
export interface AuditTrail {
  /** Returns at once; the record is stored soon afterwards. */
  record(record: AuditRecord): void;
  /** The records after a position, in order, of all nodes. */
  list(query: { readonly after: AuditPosition; readonly limit: number }): Promise<StoredAuditRecord[]>;
}

/** How much of the records is kept. */
export interface AuditLimits {
  /** Of each kind, so that none displaces another; the oldest are removed. @default 100000 */
  readonly maxRecordsPerKind?: number;
  /** @default 365 */
  readonly keepDays?: number;
}

export const defaultAuditLimits = {
  maxRecordsPerKind: 100_000,
  keepDays: 365,
} as const satisfies AuditLimits;
