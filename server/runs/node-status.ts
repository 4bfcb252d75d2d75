/** Whether a node can execute runs, as measured at the renewals of its lease. */
export interface NodeStatus {
  /** How long a lease is valid, in milliseconds. */
  readonly leaseMs: number;
  /** Since the last renewal, in milliseconds; `undefined` before the first. */
  readonly sinceRenewalMs: number | undefined;
  /** Has the notification of the last renewal come back to this node? */
  readonly hasEcho: boolean;
  /** How far the clock of the store is ahead of this machine's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** The offset above which a node executes no runs, in milliseconds. */
  readonly maxClockOffsetMs: number;
  /** Is this offset small enough to execute runs? */
  readonly isClockUsable: boolean;
}
