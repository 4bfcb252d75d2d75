/** The limits of one owner, or of all owners together. Infinity: none. */
export interface ScopeLimits {
  /** Open connections, per node: WebSockets, and requests over HTTP while they are answered. */
  readonly connections: number;
  /** Open subscriptions, per node. */
  readonly subscriptions: number;
  /** Commands, deletions and administrative calls, per node. */
  readonly commandsPerMinute: number;
  /** New runs; of all nodes together. */
  readonly startsPerMinute: number;
  /** Runs that wait for their turn; of all nodes together. Further starts are rejected. */
  readonly queuedRuns: number;
  /** Input and output of attempts that ended since 00:00 UTC; of all nodes together. Further starts are rejected. */
  readonly tokensPerDay: number;
  /** The cost of these attempts, a decimal amount; further starts are rejected. `undefined`: no limit. */
  readonly costPerDay: string | undefined;
}

export interface LimitSettings {
  readonly owner: ScopeLimits & {
    /** Runs that execute at the same time; of all nodes together. Others are queued. */
    readonly runningRuns: number;
  };
  readonly server: ScopeLimits;
  /** Of the price list: that of `costPerDay`. @default costs are unknown */
  readonly currency?: string | undefined;
}

const unlimited: ScopeLimits = {
  connections: Infinity,
  subscriptions: Infinity,
  commandsPerMinute: Infinity,
  startsPerMinute: Infinity,
  queuedRuns: Infinity,
  tokensPerDay: Infinity,
  costPerDay: undefined,
};

/** Nothing is limited. */
export const noLimits: LimitSettings = {
  owner: { ...unlimited, runningRuns: Infinity },
  server: unlimited,
};
