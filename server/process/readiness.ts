import type { EventLog } from '../log/event-log.ts';
import type { NodeStatus } from '../runs/node-status.ts';
import type { Clock } from '../runtime/clock.ts';

/** Should new work be sent here? The answer of `/readyz`. */
export interface Readiness {
  isReady(): Promise<boolean>;
  /** What it depends on. */
  checks(): Promise<ReadinessChecks>;
  /** Not ready from now on. */
  end(): void;
}

/** The conditions; all must be ok. Those of a node are absent with an embedded log, and `log` is with a shared one. */
export interface ReadinessChecks {
  /** The server is not shutting down. */
  readonly serving: Check;
  /** The log can be written. */
  readonly log?: Check;
  /** The lease of this node was renewed within half of it. */
  readonly lease?: Check & {
    readonly sinceRenewalMs: number | null;
    readonly limitMs: number;
    readonly leaseMs: number;
  };
  /** The notifications of the database arrive: that of the last renewal did. */
  readonly notifications?: Check;
  /** The clock of this machine is close enough to that of the database. */
  readonly clock?: Check & { readonly offsetMs: number; readonly limitMs: number };
}

interface Check {
  readonly ok: boolean;
}

export interface ReadinessOptions {
  readonly log: Pick<EventLog, 'probe'>;
  readonly clock: Pick<Clock, 'now'>;
  /**
   * The node of a shared log. The renewals of its lease, on the session that also appends, are its probes: a further one
   * would be one more write per node and second. @default `undefined`: an embedded log, which is probed
   */
  readonly nodeStatus?: () => NodeStatus | undefined;
}

/** Minimum interval between two probes of the log, in milliseconds: a probe writes some pages. */
const triedEveryMs = 1000;

export function createReadiness({ log, clock, nodeStatus }: ReadinessOptions): Readiness {
  let hasEnded = false;
  let triedAtMs = -Infinity;
  let canWrite: Promise<boolean> = Promise.resolve(true);

  function probe(): Promise<boolean> {
    if (clock.now() - triedAtMs >= triedEveryMs) {
      triedAtMs = clock.now();
      canWrite = log.probe().then(
        () => true,
        // A failed probe means not ready.
        () => false,
      );
    }
    return canWrite;
  }

  async function checks(): Promise<ReadinessChecks> {
    const node = nodeStatus?.();
    const depends = node === undefined ? { log: { ok: await probe() } } : nodeChecks(node);
    return { serving: { ok: !hasEnded }, ...depends };
  }

  return {
    async isReady() {
      if (hasEnded) return false;
      return Object.values(await checks()).every(({ ok }: Check) => ok);
    },
    checks,
    end() {
      hasEnded = true;
    },
  };
}

function nodeChecks(node: NodeStatus): Pick<ReadinessChecks, 'lease' | 'notifications' | 'clock'> {
  const { leaseMs, sinceRenewalMs, hasEcho, clockOffsetMs, maxClockOffsetMs, isClockUsable } = node;
  const limitMs = leaseMs / 2;
  return {
    lease: {
      ok: sinceRenewalMs !== undefined && sinceRenewalMs <= limitMs,
      sinceRenewalMs: sinceRenewalMs === undefined ? null : Math.round(sinceRenewalMs),
      limitMs,
      leaseMs,
    },
    notifications: { ok: hasEcho },
    clock: { ok: isClockUsable, offsetMs: clockOffsetMs, limitMs: maxClockOffsetMs },
  };
}
