import { LogUnavailable } from '../log/event-log.ts';
import type { Ownership } from '../cluster/ownership.ts';
import { loadRun } from './load-run.ts';
import type { Logger } from '../runtime/logger.ts';
import type { LogWatch } from './execute/log-watch.ts';
import { createOwnedRuns, heldPerByte, type OwnedRuns, type OwnedRunsOptions } from './owned-runs.ts';
import type { RunProgress } from './decide/progress.ts';
import type { RunExecutor } from './execute/create-executor.ts';
import { createRunQueue, type RunQueue } from './run-queue.ts';

export interface RunAdmissionOptions extends Omit<OwnedRunsOptions, 'isWaiting' | 'onEnd'> {
  readonly logger: Logger;
  readonly logWatch: LogWatch;
  /** Runs that may be under way at the same time; others wait in the order in which they came. @default 1000 */
  readonly maxRunningRuns: number;
  /** Which runs an earlier process has left. A node that shares its log claims its runs later. */
  readonly ownership: Pick<Ownership, 'claim'> | undefined;
  /** Does the run wait for its turn somewhere else than in the queue here? Then it need not stay in memory. */
  isQueuedElsewhere(runId: string): boolean;
  /** Told when a run will be executed here no more. */
  onLeave(runId: string): void;
}

/** Begins runs as there are slots and memory for them, and takes those up again that an earlier process has left. */
export interface RunAdmission {
  readonly owned: OwnedRuns;
  readonly queue: RunQueue;
  /** Puts a run into the queue that was just started: if it begins at once, it need not be read again. */
  push(progress: RunProgress, at: { readonly queuedAtMs: number; readonly bytes: number }): void;
  /** As `Supervisor.load`. */
  load(): Promise<void>;
  /** Takes up the runs that `load` has read; loads them first if nobody has. */
  takeUp(): Promise<void>;
  /** The run is executed here no more. */
  leave(runId: string): void;
  /** Begins nothing more, and stops every run that is in memory. */
  stop(): Promise<void>;
}

/** Room that must be there before a queued run begins, in bytes: a usual one, so that it does not stop in the middle. */
const roomToBeginBytes = 1_000_000;

export function createRunAdmission(options: RunAdmissionOptions): RunAdmission {
  const { log, clock, account, ownership, logWatch } = options;
  const queue = createRunQueue({
    maxRunning: options.maxRunningRuns,
    mayBegin() {
      // The next one is looked at when this one is read, or has gone back to its place in front of it.
      if (isTaking) return false;
      if (account.hasRoom('runs', roomToBeginBytes) || queue.running === 0) return true;
      lookAfterRelease();
      return false;
    },
    begin: (runId) => void begin(runId),
  });
  const owned = createOwnedRuns({
    ...options,
    isWaiting: (runId) => queue.placeOf(runId) !== undefined || options.isQueuedElsewhere(runId),
    onEnd(runId) {
      if (!stopping) leave(runId);
    },
  });
  /** Live runs that an earlier process has left and that wait for their turn. */
  const left: string[] = [];
  /** The run that was just started: if it begins at once, it need not be read again. */
  let fresh: { readonly progress: RunProgress; readonly bytes: number } | undefined;
  let hasLoaded = false;
  let isLooking = false;
  /** A run whose turn has come is being read. */
  let isTaking = false;
  let stopping = false;

  function lookAfterRelease(): void {
    if (isLooking) return;
    isLooking = true;
    account.onRelease(() => {
      clock.turn(() => {
        isLooking = false;
        if (!stopping) queue.look();
      });
    });
  }

  /** Begins, or takes up again, a run whose turn has come. */
  async function begin(runId: string): Promise<void> {
    let wasReleased = false;
    const forget = account.onRelease(() => {
      wasReleased = true;
    });
    try {
      const isFresh = fresh?.progress.run.runId === runId;
      const executor =
        fresh !== undefined && isFresh ? owned.own(fresh.progress, fresh.bytes) : await take(runId);
      if (stopping) return;
      if (executor !== undefined) {
        executor.begin();
        if (!isFresh) queue.look();
        return;
      }
      // Another node has claimed the run while it was read: those behind it have waited for that.
      if (!queue.putBack(runId)) return queue.look();
      // What was released before this run was back in the queue has woken nobody for it.
      if (wasReleased) clock.turn(() => queue.look());
      else lookAfterRelease();
    } catch (error) {
      if (error instanceof LogUnavailable) {
        queue.putBack(runId);
        logWatch.wait(() => queue.look());
        return;
      }
      await setAside(runId, error).catch((problem: unknown) => {
        options.logger.error({ runId, error: problem }, 'this run could not be set aside in the log');
      });
      leave(runId);
    } finally {
      forget();
    }
  }

  /** One at a time: a small run would pass a large one that is still being looked at, and be followed by others for ever. */
  async function take(runId: string): Promise<RunExecutor | undefined> {
    isTaking = true;
    try {
      return await owned.take(runId);
    } finally {
      isTaking = false;
    }
  }

  async function setAside(runId: string, error: unknown): Promise<void> {
    const problem = error instanceof Error ? error.message : String(error);
    options.logger.error({ runId, error }, 'this run cannot be read and was set aside; the others go on');
    await log.setAside(runId, problem);
  }

  /**
   * What runs is read while there is room for it; the rest, and what waits, is read when its turn comes. One run that
   * cannot be read does not keep the others from going on.
   */
  async function load(): Promise<void> {
    hasLoaded = true;
    for (const { runId } of (await ownership?.claim({ atMost: Infinity })) ?? []) {
      const head = await log.head(runId);
      if (head?.status !== 'live') continue;
      const isRunning = head.summary.status === 'running';
      if (!isRunning || !(await loadNow(runId, head.bytes * heldPerByte))) left.push(runId);
    }
  }

  /** @returns false if there is no room for it yet. */
  async function loadNow(runId: string, bytes: number): Promise<boolean> {
    if (owned.size > 0 && !account.hasRoom('runs', bytes)) return false;
    try {
      const progress = await loadRun(log, runId, { clock });
      if (progress === undefined) return true;
      if (owned.own(progress, bytes) === undefined) return false;
      queue.admit(runId);
      owned.inherit(runId);
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
    owned,
    queue,
    push(progress, { queuedAtMs, bytes }) {
      fresh = { progress, bytes };
      queue.push(progress.run.runId, queuedAtMs);
      fresh = undefined;
    },
    load,
    async takeUp() {
      if (!hasLoaded) await load();
      owned.takeUpInherited();
      for (const runId of left.splice(0)) {
        const head = await log.head(runId);
        if (head?.status !== 'live') continue;
        owned.inherit(runId);
        queue.push(runId, Date.parse(head.summary.queuedAt));
      }
    },
    leave,
    async stop() {
      stopping = true;
      await owned.stop();
    },
  };
}
