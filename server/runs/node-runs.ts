import type { Command, Receipt, RunState } from '@stagewire/shared';
import type { Cluster } from '../cluster/cluster.ts';
import type { Nobody } from '../cluster/command-relay.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import type { Claim } from '../cluster/ownership.ts';
import { createWaitingBoard } from '../cluster/waiting-board.ts';
import type { WaitingReport } from '../cluster/waiting-news.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { createNodeLoop } from './node-loop.ts';
import type { RunAdmission } from './run-admission.ts';
import { waitingInQueue } from './run-queue.ts';
import type { Principal, Waiting } from './run-service.ts';

export interface NodeRunsOptions {
  readonly cluster: Cluster;
  readonly admission: Pick<RunAdmission, 'owned' | 'queue'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  readonly offsetClock?: OffsetClock | undefined;
  readonly maxRunningRuns: number;
  /** What a run that is executed here waits for. */
  waitingHere(runId: string): Waiting | undefined;
}

/** The runs of one node among several: which it claims, and how it answers for those of the others. */
export interface NodeRuns {
  /** Runs in the queue of all nodes. */
  readonly queued: number;
  /** Reserves a slot for a run that is started here. @returns the way to give it back; `undefined` if none is free. */
  reserveSlot(): (() => void) | undefined;
  /** Is the run executed here, or its command decided here? */
  isHere(runId: string): boolean;
  /** Has this node claimed the run only to decide a command? It waits in the queue of all nodes. */
  isClaimedForCommand(runId: string): boolean;
  /** Decides a command of a run that is here. */
  decideHere(command: Command, principal: Principal): Promise<Receipt>;
  /** Gives a command to the node that has the run. A queued run that no node has is claimed for that moment. */
  deliver(command: Command, principal: Principal, status: RunState['status']): Promise<Receipt | Nobody>;
  /** What a run waits for that is not here. */
  waiting(runId: string): Waiting;
  /** The run is executed here no more: it may be claimed again, unless it has ended. */
  left(runId: string): void;
  /** Begins to claim runs. @throws LogUnavailable */
  start(): Promise<void>;
  /** Claims nothing more from now on. */
  drain(): void;
  /** Claims nothing more, and answers no command of another node. */
  stop(): Promise<void>;
  /** Gives all runs up, so that other nodes need not wait for the lease. */
  releaseAll(): Promise<void>;
}

export function createNodeRuns(options: NodeRunsOptions): NodeRuns {
  const { cluster, clock, admission, maxRunningRuns } = options;
  const { ownership, commands, news } = cluster;
  const { owned, queue } = admission;
  const board = createWaitingBoard(options);
  const commandClaims = new Set<string>();
  /** Starts that claim their run and are not yet in the log. */
  let starting = 0;
  /** What may claim a run yet: it must be over before all are given up, or nobody gives that one up. */
  const claiming = new Set<Promise<unknown>>();
  let isDraining = false;
  let isStopped = false;

  const loop = createNodeLoop({ ...options, freeSlots, accept, drop, reports });
  const unsubscribe = news.subscribe((received) => board.take(received));
  const stopServing = commands.serve((command, giver) =>
    isHere(command.runId) && !isStopped ? decideHere(command, giver) : Promise.resolve('nobody'),
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
    return isDraining ? 0 : maxRunningRuns - queue.running - queue.waiting - starting;
  }

  function accept({ runId, reason, queuedAtMs }: Claim): void {
    // One that was lost and comes back: what this node knows of it may be old.
    drop(runId);
    if (reason !== 'queued') owned.inherit(runId, reason);
    queue.push(runId, queuedAtMs);
  }

  function drop(runId: string): void {
    commandClaims.delete(runId);
    owned.discard(runId);
    queue.leave(runId);
  }

  function isHere(runId: string): boolean {
    return owned.has(runId) || queue.placeOf(runId) !== undefined || commandClaims.has(runId);
  }

  async function decideHere(command: Command, principal: Principal): Promise<Receipt> {
    const { runId } = command;
    try {
      return await owned.command(command, principal);
    } finally {
      if (commandClaims.has(runId)) void owned.left(runId).then(() => giveBack(runId));
    }
  }

  /** To the queue of all nodes, when no further command of the run is being decided. */
  function giveBack(runId: string): void {
    if (!owned.has(runId) && commandClaims.delete(runId)) loop.release(runId);
  }

  /** Of the runs that have been silent for half a heartbeat: only they are asked about. */
  function reports(): readonly WaitingReport[] {
    const silentSinceMs = clock.now() - options.heartbeatMs / 2;
    const silent = [...owned.all()].filter(({ run }) => Date.parse(run.updatedAt) <= silentSinceMs);
    return [...silent.map(({ run }) => run.runId), ...queue.waitingIds()].flatMap((runId) => {
      const waiting = options.waitingHere(runId);
      return waiting === undefined ? [] : [{ runId, waiting }];
    });
  }

  return {
    get queued() {
      return ownership.queued;
    },
    reserveSlot() {
      if (isStopped || !loop.isFit || ownership.queued > 0 || freeSlots() <= 0) return undefined;
      starting += 1;
      const { promise, resolve } = Promise.withResolvers<void>();
      void untilOver(promise);
      return () => {
        starting -= 1;
        resolve();
      };
    },
    isHere,
    isClaimedForCommand: (runId) => commandClaims.has(runId),
    decideHere,
    async deliver(command, principal, status) {
      const { runId } = command;
      if (status === 'queued' && !isStopped && (await untilOver(ownership.claimQueued(runId)))) {
        if (isStopped) return 'nobody';
        loop.keep(runId);
        commandClaims.add(runId);
        return decideHere(command, principal);
      }
      return commands.deliver(command, principal);
    },
    waiting: (runId) => waitingInQueue(ownership.placeOf(runId), clock.now()) ?? board.waiting(runId),
    left(runId) {
      commandClaims.delete(runId);
      loop.release(runId);
    },
    start: () => loop.start(),
    drain() {
      isDraining = true;
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
