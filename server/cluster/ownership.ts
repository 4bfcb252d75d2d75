/** Why this node claims a run. */
export type ClaimReason =
  /** It is queued and no node has begun it: its epoch stays the same. */
  | 'queued'
  /** The previous process of this node had it. */
  | 'restart'
  /** The lease of its node has expired, or its node has released it after it had begun. */
  | 'takeover';

/** A run that this node executes until it releases it, loses it, or its lease expires. */
export interface Claim {
  readonly runId: string;
  /** Of the run. */
  readonly owner: string;
  readonly reason: ClaimReason;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/** The result of a lease renewal. */
export interface Renewal {
  /** The time of the log's store, by which all leases are measured. Milliseconds since the Unix epoch. */
  readonly storeNowMs: number;
  /** Runs that another node has claimed from this one. The log rejects this node's appends to them from that moment. */
  readonly lost: readonly string[];
  /**
   * Has the notification that is part of this renewal come back? Without it this node does not receive the commits of
   * others. @default true
   */
  readonly hasEcho?: boolean;
  /** Identifies this renewal among those of this node. */
  readonly lease: string;
  /** Until the first lease of another node expires, unless it is renewed, in milliseconds. @default there is no other lease */
  readonly nextExpiryMs?: number;
}

/** The position of a run in the queue of all nodes. */
export interface SharedQueuePosition {
  /** Number of queued runs before it. */
  readonly ahead: number;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

/**
 * Which runs this node executes. A node has one lease for all runs that it has claimed. Fencing is in the log:
 * it rejects appends to a run that another node has claimed, so a node that was suspended does no harm.
 */
export interface Ownership {
  /** New with each start of a node. */
  readonly nodeId: string;
  /** How long a lease is valid after its renewal, in milliseconds; Infinity for a single node. */
  readonly leaseMs: number;
  /**
   * Claims live runs without a node, or whose node's lease has expired, in the order in which they were queued. A node of
   * an older version than another one claims only runs that have been claimable for a while (`claim-delay.ts`).
   *
   * Idempotent: a claim whose response was lost is returned by the next one.
   *
   * @param options.takeOver The `lease` of a renewal: claims also runs whose node's lease has expired, if that is the last
   *   renewal of this node and at most half of the lease old. An outage in which leases expire delays claims as well: the
   *   store must check when it executes one. @default claims only runs without a node
   * @param options.maxOfOwner An owner with so many claimed runs gets no further queued one. @default no limit
   * @throws LogUnavailable
   */
  claim(options: {
    readonly atMost: number;
    readonly takeOver?: string | undefined;
    readonly maxOfOwner?: number | undefined;
  }): Promise<readonly Claim[]>;
  /** Claims this run if it is queued and no node has it. @throws LogUnavailable */
  claimQueued(runId: string): Promise<boolean>;
  /** Releases runs; any node may claim them. Does nothing for a run of another node. @throws LogUnavailable */
  release(runIds: readonly string[] | 'all'): Promise<void>;
  /**
   * Renews the lease, also an expired one: runs that no other node has claimed since are still this node's.
   *
   * @throws LogUnavailable
   */
  renew(): Promise<Renewal>;
  /**
   * Calls `listener` when there may be runs to claim, or a run was lost. Not reliable. Returns a function that
   * unsubscribes.
   */
  onChange(listener: () => void): () => void;
  /**
   * Is there another node that claims runs, and has renewed its lease in time, within half of it?
   *
   * @throws LogUnavailable
   */
  hasPeers(): Promise<boolean>;
  /** Announces that this node claims nothing more. May be lost. */
  announceDrain(): void;
  /** Runs in the queue of all nodes. May be a second old. */
  readonly queued: number;
  /** When the oldest run in that queue was queued, in milliseconds since the Unix epoch. @default not known */
  readonly oldestQueuedAtMs?: number | undefined;
  /** The position of a queued run; `undefined` if it is not queued. May be a second old. */
  positionOf(runId: string): SharedQueuePosition | undefined;
  /** Runs `sweep` unless another node is sweeping; `undefined` then. */
  withSweepLock<T>(sweep: () => Promise<T>): Promise<T | undefined>;
}
