import type { Claim, Renewal } from '../cluster/ownership.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import type { HeartbeatReport } from '../cluster/heartbeat-channel.ts';
import { LogUnavailable } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { NodeStatus } from './node-status.ts';

type Timer = 'renew' | 'sweep' | 'expiry' | 'heartbeats';

export interface NodeLoopOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  /** Set to the store's time at each renewal. @default timestamps are this machine's */
  readonly offsetClock?: OffsetClock | undefined;
  /** Interval between two searches for runs to claim, in milliseconds. @default 1000 */
  readonly sweepEveryMs?: number;
  /** How many more runs this node can execute. */
  freeSlots(): number;
  /** Runs of one owner that all nodes may execute at the same time. @default no limit */
  readonly maxRunningOfOwner?: number | undefined;
  /** Adds a run that this node has claimed to the queue. */
  accept(claim: Claim): void;
  /** Stops executing a run that another node has claimed. */
  drop(runId: string): void;
  /** Heartbeats of the silent runs of this node. */
  heartbeatReports(): readonly HeartbeatReport[];
}

/** The periodic work of a node: renews its lease, claims runs, and publishes the heartbeats of its silent runs. */
export interface NodeLoop {
  /** Is this machine's clock close enough to the store's to execute runs here? */
  readonly isClockUsable: boolean;
  status(): NodeStatus;
  /** Renews the lease, claims the first runs, and continues until `stop`. @throws LogUnavailable */
  start(): Promise<void>;
  /** Starts a sweep now rather than at the next interval. */
  sweepSoon(): void;
  /** Releases a run, now or, if the log cannot be written, with a later sweep. */
  release(runId: string): void;
  /** The run was claimed again before it was released. */
  cancelRelease(runId: string): void;
  /** Stops claiming runs. */
  stop(): Promise<void>;
  /** Releases all runs, so that other nodes need not wait for the lease to expire. */
  releaseAll(): Promise<void>;
}

/** How long after the expiry of a lease its runs are claimed, in milliseconds: timers are not exact. */
const afterExpiryMs = 20;
/** Renewals per lease, so that two may fail. */
const renewalsPerLease = 3;
/** A renewal that comes so much of a lease after the one before it is late: leases of other nodes may have expired meanwhile. */
const lateShare = 0.5;
/** Retry delay after a failed renewal: the runs stay with this node if it reconnects first. */
const renewRetryMs = 500;
/** The answer of a longer round trip, in milliseconds, replaces the measured clock offset only if it contradicts it. */
const exactRoundTripMs = 200;
/** How long other nodes may take to reconnect after an outage, at least, in milliseconds. */
const minReconnectMs = 2000;
/** Clock offset above which a warning is logged, in milliseconds … */
const warnOffsetMs = 1000;
/** … and above which the timestamps of a run would be wrong despite the correction: no runs are executed here. */
const maxOffsetMs = 30_000;

export function createNodeLoop(options: NodeLoopOptions): NodeLoop {
  const { cluster, clock, logger, heartbeatMs, offsetClock, sweepEveryMs = 1000 } = options;
  const { ownership, commands, heartbeats } = cluster;
  const renewEveryMs = Math.floor(ownership.leaseMs / renewalsPerLease);
  /** Not yet released, because the log could not be written. */
  const unreleased = new Set<string>();
  const timers = new Map<Timer, () => void>();
  /**
   * Runs of other nodes are claimed only after this node has been connected for a while: after an outage the
   * other nodes reconnect at the same time.
   */
  let takeOverFromMs = Infinity;
  let isDisconnected = true;
  let lastRenewal: Renewal | undefined;
  let isClockUsable = true;
  let lastRoundTripMs = 0;
  /** When the last successful renewal was sent. */
  let renewed: { readonly wallMs: number; readonly elapsedMs: number; readonly hasEcho: boolean } | undefined;
  let isStopped = false;
  let sweeping: Promise<void> | undefined;
  let isSweepWanted = false;

  function schedule(name: Timer, delayMs: number, task: () => void): void {
    timers.get(name)?.();
    if (!isStopped) timers.set(name, clock.after(delayMs, task));
  }

  async function renew(): Promise<void> {
    const machineMs = machineWall();
    const sentMs = clock.wall();
    const startedMs = clock.elapsed();
    const renewal = await ownership.renew();
    const { storeNowMs, lost, hasEcho = true } = renewal;
    const receivedMs = clock.wall();
    reportEcho(hasEcho);
    renewed = { wallMs: machineMs, elapsedMs: startedMs, hasEcho };
    // The monotonic clock stands still while the machine is suspended.
    lastRoundTripMs = Math.max(receivedMs - sentMs, clock.elapsed() - startedMs);
    measure(storeNowMs - (sentMs + receivedMs) / 2, lastRoundTripMs);
    // A statement waits for a store that is away, or frozen, without an error.
    const isLate = storeNowMs - (lastRenewal?.storeNowMs ?? -Infinity) > ownership.leaseMs * lateShare;
    if (isDisconnected || isLate) takeOverFromMs = clock.elapsed() + Math.max(renewEveryMs, minReconnectMs);
    isDisconnected = false;
    lastRenewal = renewal;
    for (const runId of lost) {
      options.drop(runId);
      // If it was claimed again while this response was in flight, any node may have it.
      unreleased.add(runId);
    }
    if (lost.length > 0) sweepSoon();
    // Not up to a whole interval of sweeps later.
    if (renewal.nextExpiryMs !== undefined)
      schedule('expiry', renewal.nextExpiryMs + afterExpiryMs, sweepSoon);
  }

  /** Without the correction, which changes at renewals. */
  function machineWall(): number {
    return clock.wall() - (offsetClock?.offsetMs ?? 0);
  }

  function reportEcho(hasEcho: boolean): void {
    if (hasEcho === (renewed?.hasEcho ?? true)) return;
    if (hasEcho) logger.info({}, 'notifications of the database arrive again');
    else
      logger.error(
        {},
        'notifications of the database do not arrive; subscribers get the events of other nodes late',
      );
  }

  function status(): NodeStatus {
    return {
      leaseMs: ownership.leaseMs,
      sinceRenewalMs:
        renewed &&
        // The monotonic clock stands still while the machine is suspended, and the wall clock may be set back.
        Math.max(clock.elapsed() - renewed.elapsedMs, machineWall() - renewed.wallMs),
      hasEcho: renewed?.hasEcho === true,
      clockOffsetMs: offsetClock?.offsetMs ?? 0,
      maxClockOffsetMs: maxOffsetMs,
      isClockUsable,
    };
  }

  /**
   * @param aheadMs How far the store's clock is ahead of this one, its present offset included; wrong by half of the round
   * trip at most. A process that was suspended meanwhile, or has waited for its store, must not set its clock by such an
   * answer, except by what it proves.
   */
  function measure(aheadMs: number, roundTripMs: number): void {
    if (offsetClock === undefined) return;
    const isExact = roundTripMs <= exactRoundTripMs;
    const provenMs = Math.sign(aheadMs) * Math.max(0, Math.abs(aheadMs) - roundTripMs / 2);
    const isGuess = !isExact && !offsetClock.isMeasured;
    // A clock that is wrong by little is moved as little as possible: its own error may be all that the answer proves.
    const isFar = Math.abs(provenMs) > roundTripMs / 2;
    const changeMs = isExact || isGuess || isFar ? aheadMs : provenMs;
    if (changeMs === 0 && offsetClock.isMeasured) return;
    const offsetMs = offsetClock.offsetMs + changeMs;
    offsetClock.setOffset(offsetMs);
    const wasClockUsable = isClockUsable;
    // Only as far as it is proven.
    isClockUsable = Math.abs(offsetMs) - (isExact ? 0 : roundTripMs / 2) <= maxOffsetMs;
    if (!isClockUsable && wasClockUsable) {
      logger.error({ offsetMs }, 'the clock of this machine is too far off; this node executes no runs');
    } else if (Math.abs(offsetMs) > warnOffsetMs) {
      logger.warn({ offsetMs }, 'the clock of this machine differs from that of the log');
    }
  }

  function renewRepeatedly(): void {
    renew().then(
      () => {
        schedule('renew', renewEveryMs, renewRepeatedly);
        // A claim that a renewal has passed on the way takes nothing over.
        sweepSoon();
      },
      (error: unknown) => {
        isDisconnected = true;
        report(error);
        schedule('renew', Math.min(renewEveryMs, renewRetryMs), renewRepeatedly);
      },
    );
  }

  /** An unreachable log is reported by its writers. */
  function report(error: unknown): void {
    if (!(error instanceof LogUnavailable)) logger.error({ error }, 'the periodic work of this node failed');
  }

  async function sweep(): Promise<void> {
    if (unreleased.size > 0) {
      const runIds = [...unreleased];
      await ownership.release(runIds);
      for (const runId of runIds) unreleased.delete(runId);
    }
    commands.poll();
    const atMost = isClockUsable && !isDisconnected ? options.freeSlots() : 0;
    if (atMost <= 0 || isStopped) return;
    const takeOver = clock.elapsed() >= takeOverFromMs ? lastRenewal?.lease : undefined;
    const claims = await ownership.claim({ atMost, takeOver, maxOfOwner: options.maxRunningOfOwner });
    // Runs that are claimed while the node stops are released with all the others.
    if (isStopped) return;
    for (const claim of claims) options.accept(claim);
    if (claims.length > 0) commands.poll();
  }

  /** One sweep at a time; one that is requested during a sweep follows it. */
  function sweepSoon(): void {
    if (isStopped) return;
    isSweepWanted = sweeping !== undefined;
    sweeping ??= sweep()
      .catch(report)
      .finally(() => {
        sweeping = undefined;
        schedule('sweep', sweepEveryMs, sweepSoon);
        if (isSweepWanted) sweepSoon();
      });
  }

  function publishRepeatedly(): void {
    const heartbeatReports = options.heartbeatReports();
    if (heartbeatReports.length > 0) heartbeats.publish(heartbeatReports);
    // Twice per heartbeat, so that a subscriber has it when a run has been silent for one heartbeat.
    schedule('heartbeats', Math.floor(heartbeatMs / 2), publishRepeatedly);
  }

  const unlisten = ownership.onChange(sweepSoon);

  return {
    get isClockUsable() {
      return isClockUsable;
    },
    status,
    async start() {
      await renew();
      // A first measurement that is not exact cannot be compared with an earlier one.
      for (let again = 0; again < 3 && lastRoundTripMs > exactRoundTripMs; again += 1) await renew();
      schedule('renew', renewEveryMs, renewRepeatedly);
      sweepSoon();
      await sweeping;
      publishRepeatedly();
    },
    sweepSoon,
    release(runId) {
      unreleased.add(runId);
      sweepSoon();
    },
    cancelRelease: (runId) => void unreleased.delete(runId),
    async stop() {
      isStopped = true;
      unlisten();
      for (const cancel of timers.values()) cancel();
      await sweeping;
    },
    async releaseAll() {
      await ownership.release('all').catch(report);
    },
  };
}
