/** Why this node gets a run. */
export type ClaimReason =
  /** It waits in the queue and nobody has begun it: it goes on in its epoch. */
  | 'queued'
  /** This node had it in a former life. */
  | 'restart'
  /** The lease of the node that had it is over, or that node has released it after its beginning. */
  | 'takeover';

/** A run that this node executes from now on, until it releases it, loses it, or its lease is over. */
export interface Claim {
  readonly runId: string;
  readonly reason: ClaimReason;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/** What a renewal of the lease came to. */
export interface Renewal {
  /** What the clock of the log's store showed; all leases are counted by it. Milliseconds since the Unix epoch. */
  readonly storeNowMs: number;
  /** Runs that this node had and that another one has claimed. Its appends to them are refused from that moment. */
  readonly lost: readonly string[];
}

/** Where a run stands in the queue of all nodes. */
export interface SharedPlace {
  /** How many runs were queued before it and have not begun. */
  readonly ahead: number;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/**
 * Which runs this node executes. A node has one lease, and with it all the runs that it has claimed. The fence is in the
 * log: it refuses the appends of a node to a run that another one has claimed, so a node that was frozen does no harm.
 */
export interface Ownership {
  /** New with each start of a node. */
  readonly nodeId: string;
  /** How long a lease holds after its renewal, in milliseconds; Infinity where there is one node. */
  readonly leaseMs: number;
  /**
   * Claims live runs that no node has, or whose node's lease is over, the one that was queued first before the others.
   *
   * A claim whose answer was lost is given again by the next one.
   *
   * @param options.takeOver Also runs whose node's lease is over. @default true
   * @throws LogUnavailable
   */
  claim(options: { readonly atMost: number; readonly takeOver?: boolean }): Promise<readonly Claim[]>;
  /** Claims this run if it waits in the queue and no node has it. @throws LogUnavailable */
  claimQueued(runId: string): Promise<boolean>;
  /** Gives runs up; any node may claim them. Does nothing for a run of another node. @throws LogUnavailable */
  release(runIds: readonly string[] | 'all'): Promise<void>;
  /**
   * Renews the lease, also one that is over: runs that nobody has claimed meanwhile are still this node's.
   *
   * @throws LogUnavailable
   */
  renew(): Promise<Renewal>;
  /** Calls `listener` when there may be something to claim, or a run was lost. May be missed. Returns the way to stop. */
  onChange(listener: () => void): () => void;
  /** Runs in the queue of all nodes: queued and owned by no node. May be a second old. */
  readonly queued: number;
  /** Where a queued run stands; `undefined` if it is not in the queue. May be a second old. */
  placeOf(runId: string): SharedPlace | undefined;
  /** Does `sweep` unless another node does one just now: `undefined` then. */
  asOnlySweeper<T>(sweep: () => Promise<T>): Promise<T | undefined>;
}
