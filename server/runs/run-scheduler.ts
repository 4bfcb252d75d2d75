import { StagewireError } from '@stagewire/shared';
import { LogUnavailable } from '../log/event-log.ts';
import type { Ownership } from '../cluster/ownership.ts';
import { loadRun } from './load-run.ts';
import type { Logger } from '../runtime/logger.ts';
import type { LogWatch } from './execute/log-watch.ts';
import {
  createLoadedRuns,
  memoryBytesPerLogByte,
  type LoadedRuns,
  type LoadedRunsOptions,
} from './loaded-runs.ts';
import type { RunProgress } from './decide/progress.ts';
import type { RunExecutor } from './execute/create-executor.ts';
import { createRunQueue, type RunQueue } from './run-queue.ts';

export interface RunSchedulerOptions extends Omit<LoadedRunsOptions, 'isWaiting' | 'onEnd'> {
  readonly logger: Logger;
  readonly logWatch: LogWatch;
  /** Runs that may execute at the same time; others are queued. @default 1000 */
  readonly maxRunningRuns: number;
  /** Of these, runs of one owner. With a shared log the claims limit them. @default no limit */
  readonly maxRunningOfOwner?: number | undefined;
  /** Which runs an earlier process has left. @default none: a node that shares its log claims its runs later */
  readonly ownership: Pick<Ownership, 'claim'> | undefined;
  /** Runs that are read at the same time while memory is plentiful: more than one where a read mostly waits. @default 1 */
  readonly readsAtOnce?: number | undefined;
  /** Is the run queued elsewhere than in this process? Then it need not stay in memory. */
  isQueuedElsewhere(runId: string): boolean;
  /** Called when a run will not be executed here again. */
  onLeave(runId: string): void;
}

/** Starts queued runs when there are slots and memory for them, and recovers the runs of an earlier process. */
export interface RunScheduler {
  readonly loaded: LoadedRuns;
  readonly queue: RunQueue;
  /** Queues a run that was just started: if it begins at once, it need not be read again. */
  push(progress: RunProgress, at: { readonly queuedAtMs: number; readonly bytes: number }): void;
  /** As `Supervisor.load`. */
  load(): Promise<void>;
  /** Recovers the runs that `load` has read; loads them first if necessary. */
  recover(): Promise<void>;
  /** The run is no longer executed here. */
  leave(runId: string): void;
  /** Begins no more runs, and stops every loaded run. */
  stop(): Promise<void>;
}

/** Free memory that a queued run needs to begin, in bytes: enough for a usual run, so that it does not fail halfway. */
const minFreeBytes = 2_000_000;

export function createRunScheduler(options: RunSchedulerOptions): RunScheduler {
  const { log, clock, account, ownership, logWatch, readsAtOnce = 1 } = options;
  const queue = createRunQueue({
    maxRunning: options.maxRunningRuns,
    maxRunningOfOwner: ownership === undefined ? undefined : options.maxRunningOfOwner,
    mayBegin() {
      // The next run is considered when one is read, or is back at the head of the queue.
      if (reading >= (isMemoryPlentiful() ? readsAtOnce : 1)) return false;
      if (account.hasRoom('runs', minFreeBytes) || queue.running === 0) return true;
      retryAfterRelease();
      return false;
    },
    begin: (runId) => void begin(runId),
  });
  const loaded = createLoadedRuns({
    ...options,
    isWaiting: (runId) => queue.positionOf(runId) !== undefined || options.isQueuedElsewhere(runId),
    onEnd(runId) {
      if (!stopping) leave(runId);
    },
  });
  /** Live runs that an earlier process has left and that are still to be queued. */
  const recoverable: string[] = [];
  /** The run that was just started: if it begins at once, it need not be read again. */
  let justStarted: { readonly progress: RunProgress; readonly bytes: number } | undefined;
  let hasLoaded = false;
  let isRetryScheduled = false;
  /** Runs of the queue that are being read. */
  let reading = 0;
  let stopping = false;

  function retryAfterRelease(): void {
    if (isRetryScheduled) return;
    isRetryScheduled = true;
    account.onRelease(() => {
      clock.turn(() => {
        isRetryScheduled = false;
        if (!stopping) queue.beginNext();
      });
    });
  }

  /** Begins or recovers the next run of the queue. */
  async function begin(runId: string): Promise<void> {
    let wasReleased = false;
    const stopListening = account.onRelease(() => {
      wasReleased = true;
    });
    try {
      const isJustStarted = justStarted?.progress.run.runId === runId;
      const executor =
        justStarted !== undefined && isJustStarted
          ? loaded.add(justStarted.progress, justStarted.bytes)
          : await read(runId);
      if (stopping) return;
      if (executor !== undefined) {
        executor.begin();
        if (!isJustStarted) queue.beginNext();
        return;
      }
      // Another node has claimed the run while it was read: the next ones were blocked by it.
      if (!queue.putBack(runId)) return queue.beginNext();
      // Memory that was released before this run was requeued has not triggered a retry.
      if (wasReleased) clock.turn(() => queue.beginNext());
      else retryAfterRelease();
    } catch (error) {
      if (error instanceof LogUnavailable) {
        queue.putBack(runId);
        logWatch.onAvailable(() => queue.beginNext());
        return;
      }
      // A queued run that another node has executed may be deleted by now.
      if (error instanceof StagewireError && error.code === 'RUN_NOT_FOUND') return leave(runId);
      await setAside(runId, error).catch((problem: unknown) => {
        options.logger.error({ runId, error: problem }, 'this unreadable run could not be marked in the log');
      });
      leave(runId);
    } finally {
      stopListening();
    }
  }

  async function read(runId: string): Promise<RunExecutor | undefined> {
    reading += 1;
    try {
      return await loaded.load(runId);
    } finally {
      reading -= 1;
    }
  }

  /** Otherwise runs are read one at a time: small ones could pass a large one that is being read, and starve it. */
  function isMemoryPlentiful(): boolean {
    return account.hasRoom('runs', account.report().runs.limitBytes / 2);
  }

  async function setAside(runId: string, error: unknown): Promise<void> {
    const problem = error instanceof Error ? error.message : String(error);
    options.logger.error({ runId, error }, 'this run is unreadable and was skipped; the other runs continue');
    await log.setAside(runId, problem);
  }

  /**
   * Loads running runs while there is memory; the others, and queued ones, are loaded at their turn. An
   * unreadable run does not block the others.
   */
  async function load(): Promise<void> {
    hasLoaded = true;
    for (const { runId } of (await ownership?.claim({ atMost: Infinity })) ?? []) {
      const head = await log.head(runId);
      if (head?.status !== 'live') continue;
      const { status, owner } = head.summary;
      const bytes = head.bytes * memoryBytesPerLogByte;
      if (status !== 'running' || !(await loadNow(runId, { owner, bytes }))) recoverable.push(runId);
    }
  }

  /** @returns false if there is no memory for it yet. */
  async function loadNow(
    runId: string,
    { owner, bytes }: { readonly owner: string; readonly bytes: number },
  ): Promise<boolean> {
    if (!loaded.hasRoom(bytes)) return false;
    try {
      const progress = await loadRun(log, runId, { clock });
      if (progress === undefined) return true;
      if (loaded.add(progress, bytes) === undefined) return false;
      queue.admit(runId, owner);
      loaded.markForRecovery(runId);
      return true;
    } catch (error) {
      if (error instanceof LogUnavailable) throw error;
      await setAside(runId, error);
      return true;
    }
  }

  function leave(runId: string): void {
    queue.leave(runId);
    options.onLeave(runId);
  }

  return {
    loaded,
    queue,
    push(progress, { queuedAtMs, bytes }) {
      justStarted = { progress, bytes };
      const { runId, owner } = progress.run;
      queue.push(runId, { owner, queuedAtMs });
      justStarted = undefined;
    },
    load,
    async recover() {
      if (!hasLoaded) await load();
      loaded.recoverAll();
      for (const runId of recoverable.splice(0)) {
        const head = await log.head(runId);
        if (head?.status !== 'live') continue;
        loaded.markForRecovery(runId);
        const { owner, queuedAt } = head.summary;
        queue.push(runId, { owner, queuedAtMs: Date.parse(queuedAt) });
      }
    },
    leave,
    async stop() {
      stopping = true;
      await loaded.stop();
    },
  };
}
