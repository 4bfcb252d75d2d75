import type { Claim } from '../cluster/ownership.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import type { HeartbeatReport } from '../cluster/heartbeat-channel.ts';
import { LogUnavailable } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

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

/** Renewals per lease, so that two may fail. */
const renewalsPerLease = 3;
/** Retry delay after a failed renewal: the runs stay with this node if it reconnects first. */
const renewRetryMs = 500;
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
  const timers = new Map<'renew' | 'sweep' | 'heartbeats', () => void>();
  /**
   * Runs of other nodes are claimed only after this node has been connected for a while: after an outage the
   * other nodes reconnect at the same time.
   */
  let takeOverFromMs = Infinity;
  let isDisconnected = true;
  let isClockUsable = true;
  let isStopped = false;
  let sweeping: Promise<void> | undefined;
  let isSweepWanted = false;

  function schedule(name: 'renew' | 'sweep' | 'heartbeats', delayMs: number, task: () => void): void {
    timers.get(name)?.();
    if (!isStopped) timers.set(name, clock.after(delayMs, task));
  }

  async function renew(): Promise<void> {
    const sentMs = clock.wall();
    const { storeNowMs, lost } = await ownership.renew();
    measure(storeNowMs - (sentMs + clock.wall()) / 2);
    if (isDisconnected) takeOverFromMs = clock.elapsed() + renewEveryMs;
    isDisconnected = false;
    for (const runId of lost) {
      options.drop(runId);
      // If it was claimed again while this response was in flight, any node may have it.
      unreleased.add(runId);
    }
    if (lost.length > 0) sweepSoon();
  }

  /** @param aheadMs How far the store's clock is ahead of this one, its present offset included. */
  function measure(aheadMs: number): void {
    if (offsetClock === undefined) return;
    const offsetMs = offsetClock.offsetMs + aheadMs;
    offsetClock.setOffset(offsetMs);
    const wasClockUsable = isClockUsable;
    isClockUsable = Math.abs(offsetMs) <= maxOffsetMs;
    if (!isClockUsable && wasClockUsable) {
      logger.error({ offsetMs }, 'the clock of this machine is too far off; this node executes no runs');
    } else if (Math.abs(offsetMs) > warnOffsetMs) {
      logger.warn({ offsetMs }, 'the clock of this machine differs from that of the log');
    }
  }

  function renewRepeatedly(): void {
    renew().then(
      () => schedule('renew', renewEveryMs, renewRepeatedly),
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
    const claims = await ownership.claim({ atMost, takeOver: clock.elapsed() >= takeOverFromMs });
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
    async start() {
      await renew();
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
