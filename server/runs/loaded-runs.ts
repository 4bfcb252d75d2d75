import type { Receipt, RunCommand } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import { loadRun } from './load-run.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { RunProgress } from './decide/progress.ts';
import type { CreateExecutor, RunExecutor } from './execute/create-executor.ts';
import type { Principal } from '../identity/principal.ts';

export interface LoadedRunsOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly account: MemoryAccount;
  readonly logger: Logger;
  readonly createExecutor: CreateExecutor;
  /** Is the run queued? Then it need not stay in memory. */
  isWaiting(runId: string): boolean;
  /** Called when a loaded run will not be written again. */
  onEnd(runId: string): void;
}

/** Why a run is recovered in a new epoch. */
export type TakeoverReason = 'restart' | 'takeover';

/** Runs in memory: running ones, and queued ones while one of their commands is decided. */
export interface LoadedRuns {
  readonly size: number;
  get(runId: string): RunExecutor | undefined;
  /** Those in memory. */
  all(): Iterable<RunExecutor>;
  /** Is the run in memory or being loaded? */
  has(runId: string): boolean;
  /** Is there memory for one more run? The first one always fits. @param bytes Estimated memory of its state. */
  hasRoom(bytes: number): boolean;
  /** Adds a run; `undefined` if there is no memory for it. @param bytes Estimated memory of its state. */
  add(progress: RunProgress, bytes: number): RunExecutor | undefined;
  /**
   * The run in memory, read from the log if necessary. `undefined` if there is no memory for it now, or after `stop`.
   *
   * @throws RunUnreadable, LogUnavailable, StagewireError RUN_NOT_FOUND.
   */
  load(runId: string): Promise<RunExecutor | undefined>;
  /** Decides on a command of a live run; loads a queued run for that. */
  command(command: RunCommand, principal: Principal): Promise<Receipt>;
  /**
   * An earlier process or another node has left the run: its first use, by the queue or a command, opens a new epoch.
   */
  markForRecovery(runId: string, as?: TakeoverReason): void;
  /** Another node has claimed the run: stops its executor here; the log rejects what it would still append. */
  discard(runId: string): void;
  /** Resolves when an executor of the run that is being stopped has finished its appends. */
  whenStopped(runId: string): Promise<void>;
  /** Opens the new epoch of every loaded run that is marked for recovery. */
  recoverAll(): void;
  /** Finishes what is in progress and stops every executor. */
  stop(): Promise<void>;
}

/** A run in memory. */
interface LoadedRun {
  readonly executor: RunExecutor;
  readonly charge: MemoryCharge;
  /** Commands that are being decided. */
  commandsInFlight: number;
  /** The end of its executor no longer concerns the run. */
  isDiscarded: boolean;
  /** Stops watching the log. */
  readonly unwatch: () => void;
  /** At loading: the pending recovery, if any, and the epoch. */
  readonly recoveryReason: TakeoverReason | undefined;
  readonly epoch: number;
}

/** Estimated memory per byte of a run's log: the fold keeps texts of up to two bytes per character. */
export const memoryBytesPerLogByte = 2;

/** A run in memory is charged for its state and as much again: the prompt of its model call repeats most of its texts. */
const copiesOfText = 2;

export function createLoadedRuns(options: LoadedRunsOptions): LoadedRuns {
  const { log, clock, account, logger } = options;
  const loaded = new Map<string, LoadedRun>();
  const loading = new Map<string, Promise<LoadedRun | undefined>>();
  /** Unloaded runs whose executors may still append: the run is not read before that is done. */
  const stopping = new Map<string, Promise<void>>();
  const toRecover = new Map<string, TakeoverReason>();
  const overBudget = createSerialQueue();
  let isStopped = false;

  log.watchForks(() => {
    for (const [runId, entry] of loaded) void leaveForked(runId, entry);
  });

  function add(progress: RunProgress, bytes: number): LoadedRun | undefined {
    const { runId } = progress.run;
    const wantedBytes = bytes * copiesOfText;
    const limitBytes = account.report().runs.limitBytes;
    const charge = account.charge(
      'runs',
      loaded.size === 0 ? Math.min(wantedBytes, limitBytes / 2) : wantedBytes,
    );
    if (charge === undefined) return undefined;
    // Without entries: the run may have been set aside. Its model call would otherwise continue until the next append.
    const unwatch = log.watch(runId, (entries) => {
      if (entries.length === 0) void leaveUnreadable(runId, entry);
    });
    const executor = options.createExecutor(progress, {
      chargeGrowth: (grownBytes) => charge.resize(charge.bytes + grownBytes * copiesOfText),
      onEnd() {
        unwatch();
        charge.release();
        // The run may have been claimed again by now, and be queued.
        if (entry.isDiscarded) return;
        loaded.delete(runId);
        options.onEnd(runId);
      },
    });
    const entry: LoadedRun = {
      executor,
      charge,
      commandsInFlight: 0,
      isDiscarded: false,
      unwatch,
      recoveryReason: toRecover.get(runId),
      epoch: progress.run.epoch,
    };
    loaded.set(runId, entry);
    return entry;
  }

  /** Stops a run that nothing can be appended to any more. */
  async function leaveUnreadable(runId: string, entry: LoadedRun): Promise<void> {
    const head = await log.head(runId).catch(() => undefined);
    const isOver = head?.status === 'unreadable' || head?.status === 'removed';
    if (!isOver || loaded.get(runId) !== entry) return;
    logger.warn({ runId }, 'this run was set aside, since it cannot be read; its execution stops');
    entry.isDiscarded = true;
    stopAndRemove(runId, entry);
    options.onEnd(runId);
  }

  /** Stops a run whose latest events are lost: it is executed again from what is left. */
  async function leaveForked(runId: string, entry: LoadedRun): Promise<void> {
    const { seq, epoch } = entry.executor.run;
    // If the log cannot be read, the next append is rejected.
    const head = await log.head(runId).catch(() => 'unknown' as const);
    if (head === 'unknown' || loaded.get(runId) !== entry) return;
    const position = head !== undefined && 'position' in head ? head.position : undefined;
    if (position?.epoch === epoch && position.seq >= seq) return;
    logger.warn({ runId, seq }, 'the log has lost the latest events of this run; its execution stops');
    entry.isDiscarded = true;
    stopAndRemove(runId, entry);
    options.onEnd(runId);
  }

  function hasRoom(bytes: number): boolean {
    return loaded.size === 0 || account.hasRoom('runs', bytes * copiesOfText);
  }

  async function load(runId: string, { isOverBudget = false } = {}): Promise<LoadedRun | undefined> {
    const present = loaded.get(runId) ?? loading.get(runId);
    if (present !== undefined) return present;
    const pending: Promise<LoadedRun | undefined> = readRun(
      runId,
      isOverBudget,
      () => loading.get(runId) === pending,
    ).finally(() => {
      if (loading.get(runId) === pending) loading.delete(runId);
    });
    loading.set(runId, pending);
    return pending;
  }

  /** @param isWanted False if the run was discarded in the meantime. */
  async function readRun(
    runId: string,
    isOverBudget: boolean,
    isWanted: () => boolean,
  ): Promise<LoadedRun | undefined> {
    await stopping.get(runId);
    // The next start recovers it: what is loaded from now on would not be stopped.
    if (isStopped) return undefined;
    const head = await log.head(runId);
    const bytes =
      head !== undefined && 'bytes' in head && !isOverBudget ? head.bytes * memoryBytesPerLogByte : 0;
    if (!hasRoom(bytes)) return undefined;
    const progress = await loadRun(log, runId, { clock });
    if (progress === undefined) throw wireErrors.RUN_NOT_FOUND(runId);
    if (isStopped || !isWanted()) return undefined;
    const entry = add(progress, bytes);
    if (entry !== undefined) recover(entry.executor);
    return entry;
  }

  function recover(executor: RunExecutor): void {
    const { runId } = executor.run;
    const as = toRecover.get(runId);
    if (!toRecover.delete(runId) || as === undefined) return;
    executor.recover(as);
  }

  async function decideIn(entry: LoadedRun, command: RunCommand, principal: Principal): Promise<Receipt> {
    entry.commandsInFlight += 1;
    recover(entry.executor);
    try {
      return await entry.executor.command(command, principal.actor);
    } finally {
      entry.commandsInFlight -= 1;
      unload(command.runId, entry);
    }
  }

  /** Unloads a run that is queued, or had ended before it was read, when none of its commands is in flight. */
  function unload(runId: string, entry: LoadedRun): void {
    const { status, epoch } = entry.executor.run;
    const isLive = status === 'queued' || status === 'running';
    if (entry.commandsInFlight > 0 || loaded.get(runId) !== entry || (isLive && !options.isWaiting(runId)))
      return;
    // The open attempt of its executor ends here, or a recovery may have failed: the next use opens a new epoch again.
    const reason = entry.recoveryReason ?? 'restart';
    if (status === 'running' || (isLive && entry.recoveryReason !== undefined && epoch === entry.epoch)) {
      toRecover.set(runId, reason);
    }
    stopAndRemove(runId, entry);
  }

  function stopAndRemove(runId: string, entry: LoadedRun): void {
    loaded.delete(runId);
    entry.unwatch();
    const stopped = entry.executor
      .stop()
      .catch((error: unknown) => logger.error({ runId, error }, 'this run could not be stopped cleanly'))
      .finally(() => {
        stopping.delete(runId);
        entry.charge.release();
      });
    stopping.set(runId, stopped);
  }

  return {
    get size() {
      return loaded.size;
    },
    get: (runId) => loaded.get(runId)?.executor,
    *all() {
      for (const { executor } of loaded.values()) yield executor;
    },
    has: (runId) => loaded.has(runId) || loading.has(runId),
    hasRoom,
    add: (progress, bytes) => add(progress, bytes)?.executor,
    load: async (runId) => (await load(runId))?.executor,
    async command(command, principal) {
      const { runId } = command;
      const entry = loaded.get(runId) ?? (await load(runId));
      if (entry !== undefined) return decideIn(entry, command, principal);
      if (isStopped) throw wireErrors.DRAINING();
      // A cancel must always be accepted: without memory, commands load their run one at a time.
      return overBudget.post(async () => {
        const entry = await load(runId, { isOverBudget: true });
        if (entry !== undefined) return decideIn(entry, command, principal);
        if (isStopped) throw wireErrors.DRAINING();
        throw wireErrors.OVERLOADED.memory('run');
      });
    },
    markForRecovery: (runId, as = 'restart') => void toRecover.set(runId, as),
    discard(runId) {
      toRecover.delete(runId);
      loading.delete(runId);
      const entry = loaded.get(runId);
      if (entry === undefined) return;
      entry.isDiscarded = true;
      stopAndRemove(runId, entry);
    },
    whenStopped: async (runId) => stopping.get(runId),
    recoverAll() {
      for (const { executor } of loaded.values()) recover(executor);
    },
    async stop() {
      isStopped = true;
      await Promise.allSettled([...loading.values(), ...stopping.values()]);
      const stops = await Promise.allSettled([...loaded.values()].map(({ executor }) => executor.stop()));
      for (const stop of stops) {
        if (stop.status === 'rejected')
          logger.error({ error: stop.reason as unknown }, 'a run could not be stopped cleanly');
      }
    },
  };
}
