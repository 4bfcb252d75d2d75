import type { Receipt, RunCommand, RunState } from '@stagewire/shared';
import type { Cluster } from '../cluster/cluster.ts';
import type { NoExecutor } from '../cluster/command-relay.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import type { Claim } from '../cluster/ownership.ts';
import { createHeartbeatCache } from '../cluster/heartbeat-cache.ts';
import type { HeartbeatReport } from '../cluster/heartbeat-channel.ts';
import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';
import { phaseOf } from './decide/phase.ts';
import type { RunExecutor } from './execute/create-executor.ts';
import type { HandOver } from './hand-over.ts';
import type { Logger } from '../runtime/logger.ts';
import { createNodeLoop } from './node-loop.ts';
import type { NodeStatus } from './node-status.ts';
import type { RunScheduler } from './run-scheduler.ts';
import { queueHeartbeat } from './run-queue.ts';
import type { Heartbeat } from './run-service.ts';
import type { Principal } from '../identity/principal.ts';

export interface NodeRunsOptions {
  readonly cluster: Cluster;
  readonly scheduler: Pick<RunScheduler, 'loaded' | 'queue'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  readonly offsetClock?: OffsetClock | undefined;
  readonly maxRunningRuns: number;
  /** Runs of one owner that all nodes may execute at the same time. @default no limit */
  readonly maxRunningOfOwner?: number | undefined;
  /** Passes runs on during a drain. @default a drain leaves them to `stop` */
  readonly handOver?: Pick<HandOver, 'request'> | undefined;
  /** The heartbeat of a run that is executed here. */
  localHeartbeat(runId: string): Heartbeat | undefined;
}

/** The runs of one node in a cluster: claims runs, and answers for the runs of other nodes. */
export interface NodeRuns {
  /** Runs in the queue of all nodes. */
  readonly queued: number;
  readonly oldestQueuedAtMs: number | undefined;
  status(): NodeStatus;
  /** Reserves a slot for a run that is started here. @returns releases the slot; `undefined` if none is free. */
  reserveSlot(): (() => void) | undefined;
  /** How many more runs this node can execute. */
  freeSlots(): number;
  /** Is the run executed here, or its command decided here? */
  isLocal(runId: string): boolean;
  /** Has this node claimed the run only to decide a command? The run is in the queue of all nodes. */
  isClaimedForCommand(runId: string): boolean;
  /** Decides a command of a local run. */
  decideLocally(command: RunCommand, principal: Principal): Promise<Receipt>;
  /** Delivers a command to the node that has the run. A queued run that no node has is claimed for the command. */
  deliver(
    command: RunCommand,
    principal: Principal,
    status: RunState['status'],
  ): Promise<Receipt | NoExecutor>;
  /** The heartbeat of a run that is not executed here. */
  heartbeat(runId: string): Heartbeat;
  /** The run is no longer executed here: it may be claimed again, unless it has ended. */
  release(runId: string): void;
  /** Starts to claim runs. @throws LogUnavailable */
  start(): Promise<void>;
  /** Stops claiming runs. */
  drain(): void;
  /**
   * Hands the runs over to other nodes as long as there are any that renew their leases: queued ones and those in backoff at
   * once, others between two model calls. Resolves when none is left, without another node, or after `timeoutMs`.
   */
  passOn(timeoutMs: number): Promise<void>;
  /** Stops claiming runs and answering commands of other nodes. */
  stop(): Promise<void>;
  /** Releases all runs, so that other nodes need not wait for the lease to expire. */
  releaseAll(): Promise<void>;
}

/** Interval between two looks at the runs that are left during a drain, in milliseconds. */
const passOnPollMs = 50;
/** Interval between two looks at the leases of the other nodes meanwhile, in milliseconds. */
const peersEveryMs = 1000;

export function createNodeRuns(options: NodeRunsOptions): NodeRuns {
  const { cluster, clock, scheduler, maxRunningRuns } = options;
  const { ownership, commands, heartbeats } = cluster;
  const { loaded, queue } = scheduler;
  const heartbeatCache = createHeartbeatCache(options);
  const commandClaims = new Set<string>();
  /** Starts that claim their run and are not yet in the log. */
  let starting = 0;
  /** Operations that may still claim a run: they must finish before all runs are released, or that run would not be. */
  const claiming = new Set<Promise<unknown>>();
  let isDraining = false;
  let isStopped = false;

  const loop = createNodeLoop({ ...options, freeSlots, accept, drop, heartbeatReports });
  const unsubscribe = heartbeats.subscribe((received) => heartbeatCache.add(received));
  const stopServing = commands.serve((command, principal) =>
    isLocal(command.runId) && !isStopped ? decideLocally(command, principal) : Promise.resolve('no-executor'),
  );

  async function untilOver<T>(claim: Promise<T>): Promise<T> {
    claiming.add(claim);
    try {
      return await claim;
    } finally {
      claiming.delete(claim);
    }
  }

  function freeSlots(): number {
    return isDraining ? 0 : maxRunningRuns - queue.running - queue.queued - starting;
  }

  function accept({ runId, owner, reason, queuedAtMs }: Claim): void {
    // A lost run that is claimed again: this node's copy may be stale.
    drop(runId);
    if (reason !== 'queued') loaded.markForRecovery(runId, reason);
    queue.push(runId, { owner, queuedAtMs });
  }

  function drop(runId: string): void {
    commandClaims.delete(runId);
    loaded.discard(runId);
    queue.leave(runId);
  }

  /** Releases a run once its executor has finished its appends: any node may claim it then. */
  function passOn(runId: string): void {
    drop(runId);
    void loaded.whenStopped(runId).then(() => loop.release(runId));
  }

  function isLocal(runId: string): boolean {
    return loaded.has(runId) || queue.positionOf(runId) !== undefined || commandClaims.has(runId);
  }

  async function claimForCommand(runId: string): Promise<boolean> {
    try {
      return await ownership.claimQueued(runId);
    } catch (error) {
      // Perhaps only the response was lost, and a run whose node does not know of its claim would never begin.
      loop.release(runId);
      throw error;
    }
  }

  async function decideLocally(command: RunCommand, principal: Principal): Promise<Receipt> {
    const { runId } = command;
    try {
      return await loaded.command(command, principal);
    } finally {
      if (commandClaims.has(runId)) void loaded.whenStopped(runId).then(() => releaseClaim(runId));
    }
  }

  /** Returns the run to the queue of all nodes once no further command of it is being decided. */
  function releaseClaim(runId: string): void {
    if (!loaded.has(runId) && commandClaims.delete(runId)) loop.release(runId);
  }

  /** Only for runs that have been silent for half a heartbeat. */
  function heartbeatReports(): readonly HeartbeatReport[] {
    const silentSinceMs = clock.now() - options.heartbeatMs / 2;
    const silent = [...loaded.all()].filter(({ run }) => Date.parse(run.updatedAt) <= silentSinceMs);
    return [...silent.map(({ run }) => run.runId), ...queue.queuedIds()].flatMap((runId) => {
      const heartbeat = options.localHeartbeat(runId);
      return heartbeat === undefined ? [] : [{ runId, heartbeat }];
    });
  }

  return {
    get queued() {
      return ownership.queued;
    },
    get oldestQueuedAtMs() {
      return ownership.oldestQueuedAtMs;
    },
    status: () => loop.status(),
    reserveSlot() {
      // A claim counts the running runs of the owner on all nodes.
      const isCounted = (options.maxRunningOfOwner ?? Infinity) < Infinity;
      if (isStopped || isCounted || !loop.isClockUsable) return undefined;
      if (ownership.queued > 0 || freeSlots() <= 0) return undefined;
      starting += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      void untilOver(promise);
      return () => {
        starting -= 1;
        resolve();
      };
    },
    freeSlots,
    isLocal,
    isClaimedForCommand: (runId) => commandClaims.has(runId),
    decideLocally,
    async deliver(command, principal, status) {
      const { runId } = command;
      if (status === 'queued' && !isStopped && (await untilOver(claimForCommand(runId)))) {
        if (isStopped) return 'no-executor';
        loop.cancelRelease(runId);
        commandClaims.add(runId);
        return decideLocally(command, principal);
      }
      return commands.deliver(command, principal);
    },
    heartbeat: (runId) =>
      queueHeartbeat(ownership.positionOf(runId), clock.now()) ?? heartbeatCache.heartbeat(runId),
    release(runId) {
      commandClaims.delete(runId);
      loop.release(runId);
    },
    start: () => loop.start(),
    drain() {
      isDraining = true;
      ownership.announceDrain();
    },
    async passOn(timeoutMs) {
      const { handOver } = options;
      // Without another node a run would only be cut off earlier.
      if (handOver === undefined || !(await ownership.hasPeers().catch(() => false))) return;
      const deadlineMs = clock.elapsed() + timeoutMs;
      let hasPeers = true;
      let askedMs = clock.elapsed();
      handOver.request((runId) => {
        if (hasPeers) passOn(runId);
        return hasPeers;
      });
      for (const runId of Array.from(queue.queuedIds())) passOn(runId);
      while (hasPeers && loaded.size > 0 && clock.elapsed() < deadlineMs) {
        for (const executor of Array.from(loaded.all())) {
          if (isBetweenCalls(executor)) passOn(executor.run.runId);
        }
        await wait(clock, passOnPollMs);
        if (clock.elapsed() - askedMs < peersEveryMs) continue;
        askedMs = clock.elapsed();
        // A log that is away says nothing about the other nodes.
        hasPeers = await ownership.hasPeers().catch(() => true);
      }
    },
    async stop() {
      isStopped = true;
      unsubscribe();
      stopServing();
      await loop.stop();
    },
    async releaseAll() {
      await Promise.allSettled(claiming);
      await loop.releaseAll();
    },
  };
}

/** Is no model call of this run in flight: is it in backoff, or does its call wait to be sent? */
function isBetweenCalls({ run, heartbeat }: Pick<RunExecutor, 'run' | 'heartbeat'>): boolean {
  if (phaseOf(run).is === 'backoff') return true;
  const waiting = heartbeat();
  if (waiting?.type !== 'stage.waiting') return false;
  return waiting.phase === 'call-queued' || waiting.phase === 'throttled';
}
