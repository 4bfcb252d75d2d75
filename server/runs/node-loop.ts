import type { Claim } from '../cluster/ownership.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import type { WaitingReport } from '../cluster/waiting-news.ts';
import { LogUnavailable } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

export interface NodeLoopOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  /** Set to the store's time at each renewal. @default instants are this machine's */
  readonly offsetClock?: OffsetClock | undefined;
  /** From one look for runs to claim to the next, in milliseconds. @default 1000 */
  readonly sweepEveryMs?: number;
  /** How many more runs this node can execute. */
  freeSlots(): number;
  /** Takes up a run that this node has claimed. */
  accept(claim: Claim): void;
  /** Stops executing a run that another node has claimed. */
  drop(runId: string): void;
  /** What the silent runs of this node wait for. */
  reports(): readonly WaitingReport[];
}

/** What a node does all the time beside its runs: renews its lease, claims runs, and tells what its runs wait for. */
export interface NodeLoop {
  /** Is the clock of this machine close enough to the store's for runs to be executed here? */
  readonly isFit: boolean;
  /** Renews the lease, claims the first runs, and goes on until `stop`. @throws LogUnavailable */
  start(): Promise<void>;
  /** Looks for runs to claim as soon as it can, rather than at the next sweep. */
  sweepSoon(): void;
  /** Gives a run up, now or, if the log cannot be written, with a later sweep. */
  release(runId: string): void;
  /** The run was claimed again before it was released. */
  keep(runId: string): void;
  /** Claims nothing more. */
  stop(): Promise<void>;
  /** Gives up all runs, so that other nodes need not wait for the lease. */
  releaseAll(): Promise<void>;
}

/** Renewals in the time of one lease, so that two may fail. */
const renewalsPerLease = 3;
/** After a renewal that failed: the runs are still this node's if it is the first to come back. */
const renewAgainMs = 500;
/** Clocks further apart than this are worth a warning, in milliseconds … */
const warnOffsetMs = 1000;
/** … and beyond this the instants of a run would be wrong whatever is corrected: no runs are executed here. */
const maxOffsetMs = 30_000;

export function createNodeLoop(options: NodeLoopOptions): NodeLoop {
  const { cluster, clock, logger, heartbeatMs, offsetClock, sweepEveryMs = 1000 } = options;
  const { ownership, commands, news } = cluster;
  const renewEveryMs = ownership.leaseMs / renewalsPerLease;
  /** Not yet released, because the log could not be written. */
  const unreleased = new Set<string>();
  const timers = new Map<'renew' | 'sweep' | 'news', () => void>();
  /** Runs of others are claimed only when this node has been in touch for a while: they come back at the same moment. */
  let takeOverFromMs = Infinity;
  let isOutOfTouch = true;
  let isFit = true;
  let isStopped = false;
  let sweeping: Promise<void> | undefined;
  let isSweepWanted = false;

  function again(name: 'renew' | 'sweep' | 'news', delayMs: number, task: () => void): void {
    timers.get(name)?.();
    if (!isStopped) timers.set(name, clock.after(delayMs, task));
  }

  async function renew(): Promise<void> {
    const sentMs = clock.wall();
    const { storeNowMs, lost } = await ownership.renew();
    measure(storeNowMs - (sentMs + clock.wall()) / 2);
    if (isOutOfTouch) takeOverFromMs = clock.elapsed() + renewEveryMs;
    isOutOfTouch = false;
    for (const runId of lost) {
      options.drop(runId);
      // Should it have been claimed again while this answer was on its way, any node may have it.
      unreleased.add(runId);
    }
    if (lost.length > 0) sweepSoon();
  }

  /** @param aheadMs How far the store's clock is ahead of this one as it is shown now. */
  function measure(aheadMs: number): void {
    if (offsetClock === undefined) return;
    const offsetMs = offsetClock.offsetMs + aheadMs;
    offsetClock.setOffset(offsetMs);
    const wasFit = isFit;
    isFit = Math.abs(offsetMs) <= maxOffsetMs;
    if (!isFit && wasFit) {
      logger.error({ offsetMs }, 'the clock of this machine is wrong by too much; it executes no more runs');
    } else if (Math.abs(offsetMs) > warnOffsetMs) {
      logger.warn({ offsetMs }, 'the clock of this machine differs from the one of the log');
    }
  }

  function renewAgainAndAgain(): void {
    renew().then(
      () => again('renew', renewEveryMs, renewAgainAndAgain),
      (error: unknown) => {
        isOutOfTouch = true;
        report(error);
        again('renew', Math.min(renewEveryMs, renewAgainMs), renewAgainAndAgain);
      },
    );
  }

  /** That the log cannot be reached is heard of from those who write to it. */
  function report(error: unknown): void {
    if (!(error instanceof LogUnavailable))
      logger.error({ error }, 'this node could not look after its runs');
  }

  async function sweep(): Promise<void> {
    if (unreleased.size > 0) {
      const runIds = [...unreleased];
      await ownership.release(runIds);
      for (const runId of runIds) unreleased.delete(runId);
    }
    commands.look();
    const atMost = isFit && !isOutOfTouch ? options.freeSlots() : 0;
    if (atMost <= 0 || isStopped) return;
    const claims = await ownership.claim({ atMost, takeOver: clock.elapsed() >= takeOverFromMs });
    // What is claimed while the node stops is released with all the others.
    if (isStopped) return;
    for (const claim of claims) options.accept(claim);
    if (claims.length > 0) commands.look();
  }

  /** One sweep at a time; one that is asked for meanwhile follows it. */
  function sweepSoon(): void {
    if (isStopped) return;
    isSweepWanted = sweeping !== undefined;
    sweeping ??= sweep()
      .catch(report)
      .finally(() => {
        sweeping = undefined;
        again('sweep', sweepEveryMs, sweepSoon);
        if (isSweepWanted) sweepSoon();
      });
  }

  function tellAgainAndAgain(): void {
    const reports = options.reports();
    if (reports.length > 0) news.publish(reports);
    // Twice as often as it is asked for: a follower is to have it when its gap has lasted a heartbeat.
    again('news', heartbeatMs / 2, tellAgainAndAgain);
  }

  const unlisten = ownership.onChange(sweepSoon);

  return {
    get isFit() {
      return isFit;
    },
    async start() {
      await renew();
      again('renew', renewEveryMs, renewAgainAndAgain);
      sweepSoon();
      await sweeping;
      tellAgainAndAgain();
    },
    sweepSoon,
    release(runId) {
      unreleased.add(runId);
      sweepSoon();
    },
    keep: (runId) => void unreleased.delete(runId),
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
