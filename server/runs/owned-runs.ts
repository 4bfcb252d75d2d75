import type { Command, Receipt } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import { loadRun } from './load-run.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { RunProgress } from './decide/progress.ts';
import type { CreateExecutor, RunExecutor } from './execute/create-executor.ts';
import type { Principal } from './run-service.ts';

export interface OwnedRunsOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly account: MemoryAccount;
  readonly logger: Logger;
  readonly createExecutor: CreateExecutor;
  /** Does the run wait for its turn? Then it need not stay in memory. */
  isWaiting(runId: string): boolean;
  /** Told when a run in memory will be written no more. */
  onEnd(runId: string): void;
}

/** Why a run is taken up again in a new epoch. */
export type Inheritance = 'restart' | 'takeover';

/** Runs in memory: those that run, and those that wait while a command of theirs is decided. */
export interface OwnedRuns {
  readonly size: number;
  get(runId: string): RunExecutor | undefined;
  /** Those in memory. */
  all(): Iterable<RunExecutor>;
  /** Is the run in memory, or on its way there? */
  has(runId: string): boolean;
  /** Holds a run; `undefined` if there is no room for it. Alone it always has. @param bytes About what it takes. */
  own(progress: RunProgress, bytes: number): RunExecutor | undefined;
  /**
   * The run in memory, read from the log if it is not there. `undefined` if there is no room for it now, or after `stop`.
   *
   * @throws RunUnreadable, LogUnavailable, StagewireError RUN_NOT_FOUND.
   */
  take(runId: string): Promise<RunExecutor | undefined>;
  /** Decides on a command of a live run, which is read for that if it waits. */
  command(command: Command, principal: Principal): Promise<Receipt>;
  /** The run was left by an earlier process or another node: what comes first, its turn or a command, opens a new epoch. */
  inherit(runId: string, as?: Inheritance): void;
  /** Another node has claimed the run: its executor here stops, and whatever it would still write is refused. */
  discard(runId: string): void;
  /** Resolves when an executor of the run that is being stopped has written all that it had to. */
  left(runId: string): Promise<void>;
  /** Opens the new epoch of every inherited run that is in memory. */
  takeUpInherited(): void;
  /** Ends what is under way, and stops every executor. */
  stop(): Promise<void>;
}

/** A run in memory. */
interface Owned {
  readonly executor: RunExecutor;
  readonly charge: MemoryCharge;
  /** Commands that are being decided. */
  users: number;
  /** How its executor ends says nothing of the run any more. */
  isDiscarded: boolean;
  /** As it was read: whether it was left by an earlier process, and its epoch. */
  readonly inheritedAs: Inheritance | undefined;
  readonly epoch: number;
}

/** A byte of a run's log is about two in memory: the fold keeps texts of up to two bytes per character. */
export const heldPerByte = 2;

export function createOwnedRuns(options: OwnedRunsOptions): OwnedRuns {
  const { log, clock, account, logger } = options;
  const owned = new Map<string, Owned>();
  const taking = new Map<string, Promise<Owned | undefined>>();
  /** Runs that are given up: their executors may still write, so nobody reads them before that is done. */
  const leaving = new Map<string, Promise<void>>();
  const inherited = new Map<string, Inheritance>();
  const spare = createSerialQueue();
  let isStopped = false;

  function own(progress: RunProgress, bytes: number): Owned | undefined {
    const { runId } = progress.run;
    const limitBytes = account.report().runs.limitBytes;
    const charge = account.charge('runs', owned.size === 0 ? Math.min(bytes, limitBytes / 2) : bytes);
    if (charge === undefined) return undefined;
    const executor = options.createExecutor(progress, {
      holdGrowth: (grownBytes) => charge.resize(charge.bytes + grownBytes),
      onEnd() {
        charge.release();
        // The run may have been claimed again by now, and wait for its turn.
        if (one.isDiscarded) return;
        owned.delete(runId);
        options.onEnd(runId);
      },
    });
    const one: Owned = {
      executor,
      charge,
      users: 0,
      isDiscarded: false,
      inheritedAs: inherited.get(runId),
      epoch: progress.run.epoch,
    };
    owned.set(runId, one);
    return one;
  }

  async function take(runId: string, { isSpare = false } = {}): Promise<Owned | undefined> {
    const known = owned.get(runId) ?? taking.get(runId);
    if (known !== undefined) return known;
    const taken: Promise<Owned | undefined> = load(runId, isSpare, () => taking.get(runId) === taken).finally(
      () => {
        if (taking.get(runId) === taken) taking.delete(runId);
      },
    );
    taking.set(runId, taken);
    return taken;
  }

  /** @param isWanted Has the run not been discarded meanwhile? */
  async function load(runId: string, isSpare: boolean, isWanted: () => boolean): Promise<Owned | undefined> {
    await leaving.get(runId);
    // The next start takes it up: what is read from now on nobody would stop.
    if (isStopped) return undefined;
    const head = await log.head(runId);
    const bytes = head !== undefined && 'bytes' in head && !isSpare ? head.bytes * heldPerByte : 0;
    if (owned.size > 0 && !account.hasRoom('runs', bytes)) return undefined;
    const progress = await loadRun(log, runId, { clock });
    if (progress === undefined) throw wireErrors.RUN_NOT_FOUND(runId);
    if (isStopped || !isWanted()) return undefined;
    const one = own(progress, bytes);
    if (one !== undefined) takeUp(one.executor);
    return one;
  }

  function takeUp(executor: RunExecutor): void {
    const { runId } = executor.run;
    const as = inherited.get(runId);
    if (!inherited.delete(runId) || as === undefined) return;
    executor.recover(as);
  }

  async function decideIn(one: Owned, command: Command, principal: Principal): Promise<Receipt> {
    one.users += 1;
    takeUp(one.executor);
    try {
      return await one.executor.command(command, principal.actor);
    } finally {
      one.users -= 1;
      disown(command.runId, one);
    }
  }

  /** Gives up the memory of a run that waits, or has ended before it was read, when no command of it is under way. */
  function disown(runId: string, one: Owned): void {
    const { status, epoch } = one.executor.run;
    const isLive = status === 'queued' || status === 'running';
    if (one.users > 0 || owned.get(runId) !== one || (isLive && !options.isWaiting(runId))) return;
    // What its executor has open ends here, and a recovery may have failed: its turn opens an epoch again.
    const again = one.inheritedAs ?? 'restart';
    if (status === 'running' || (isLive && one.inheritedAs !== undefined && epoch === one.epoch)) {
      inherited.set(runId, again);
    }
    leave(runId, one);
  }

  function leave(runId: string, one: Owned): void {
    owned.delete(runId);
    const left = one.executor
      .stop()
      .catch((error: unknown) => logger.error({ runId, error }, 'this run could not be stopped in order'))
      .finally(() => {
        leaving.delete(runId);
        one.charge.release();
      });
    leaving.set(runId, left);
  }

  return {
    get size() {
      return owned.size;
    },
    get: (runId) => owned.get(runId)?.executor,
    *all() {
      for (const { executor } of owned.values()) yield executor;
    },
    has: (runId) => owned.has(runId) || taking.has(runId),
    own: (progress, bytes) => own(progress, bytes)?.executor,
    take: async (runId) => (await take(runId))?.executor,
    async command(command, principal) {
      const { runId } = command;
      const one = owned.get(runId) ?? (await take(runId));
      if (one !== undefined) return decideIn(one, command, principal);
      if (isStopped) throw wireErrors.DRAINING();
      // Whoever wants a run to end must always be heard: without room, one after the other.
      return spare.post(async () => {
        const spared = await take(runId, { isSpare: true });
        if (spared !== undefined) return decideIn(spared, command, principal);
        if (isStopped) throw wireErrors.DRAINING();
        throw wireErrors.OVERLOADED.memory('run');
      });
    },
    inherit: (runId, as = 'restart') => void inherited.set(runId, as),
    discard(runId) {
      inherited.delete(runId);
      taking.delete(runId);
      const one = owned.get(runId);
      if (one === undefined) return;
      one.isDiscarded = true;
      leave(runId, one);
    },
    left: async (runId) => leaving.get(runId),
    takeUpInherited() {
      for (const { executor } of owned.values()) takeUp(executor);
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled([...taking.values(), ...leaving.values()]);
      const stops = await Promise.allSettled([...owned.values()].map(({ executor }) => executor.stop()));
      for (const stop of stops) {
        if (stop.status === 'rejected')
          logger.error({ error: stop.reason as unknown }, 'a run could not be stopped in order');
      }
    },
  };
}
