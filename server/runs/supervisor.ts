import { formatCursor, StagewireError } from '@stagewire/shared';
import type { InputFile, Receipt, RunState, StartReceipt } from '@stagewire/shared';
import { LogConflict, LogUnavailable, type EventLog } from '../log/event-log.ts';
import type { Chance } from '../runtime/chance.ts';
import type { Logger } from '../runtime/logger.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import { aboutToStop } from './execute/about-to-stop.ts';
import { checkFields, storedReceipt } from './decide/decide-command.ts';
import { createEndedRuns } from './ended-runs.ts';
import { filesOf } from './decide/artifacts/files-of.ts';
import { loadRun } from './load-run.ts';
import type { LogWatch } from './execute/log-watch.ts';
import { createOwnedRuns, heldPerByte, type OwnedRunsOptions } from './owned-runs.ts';
import type { RunProgress } from './decide/progress.ts';
import type { RunExecutor } from './execute/create-executor.ts';
import { createRecorder } from './execute/recorder.ts';
import { createRunQueue } from './run-queue.ts';
import { createRunReader } from './run-reader.ts';
import type { Asker, Runs } from './runs.ts';
import { digestOf, startRun, type StartDefaults } from './start-run.ts';

export interface SupervisorOptions extends Omit<OwnedRunsOptions, 'onEnd' | 'isWaiting'>, StartDefaults {
  readonly chance: Chance;
  readonly logger: Logger;
  readonly logWatch: LogWatch;
  /** Runs that may be under way at the same time; others wait in the order in which they came. @default 1000 */
  readonly maxRunningRuns: number;
  /** Runs that may wait; one more is refused with OVERLOADED. @default 10000 */
  readonly maxQueuedRuns: number;
  /** What runs that have ended and are asked about may take in memory, in bytes. @default 33554432 */
  readonly maxCachedRunBytes: number;
}

/** All runs of this server: admits them, owns them, takes them up again after a restart. */
export interface Supervisor extends Runs {
  /**
   * Reads every run of the log that has not ended, one that cannot be read aside. Writes nothing for the others, so a
   * start that fails afterwards has cost them nothing.
   *
   * @throws LogUnavailable
   */
  load(): Promise<void>;
  /** Takes up the runs that `load` has read; loads them first if nobody has. Called once, last of the start. */
  recover(): Promise<void>;
  /** Refuses new runs from now on; those that are under way go on, and take commands. */
  drain(): void;
  /** Accepts nothing more, aborts the model calls, and leaves live runs to the next start. */
  stop(): Promise<void>;
}

/** Room that must be there before a queued run begins, in bytes: a usual one, so that it does not stop in the middle. */
const roomToBeginBytes = 1_000_000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, chance, account, logWatch } = options;
  const inTurn = createSerialQueue({ turnOf: clock, turnAfterMs: 2 }).post;
  /** The pages of all runs that are loaded, one after the other. */
  const log: EventLog = {
    ...options.log,
    read: (runId, page) => inTurn(() => options.log.read(runId, page)),
  };
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
    log,
    isWaiting: (runId) => queue.placeOf(runId) !== undefined,
    onEnd(runId) {
      if (!stopping) queue.leave(runId);
    },
  });
  const cachedBytes = Math.min(options.maxCachedRunBytes, account.report().runs.limitBytes / 8);
  const ended = createEndedRuns({ account, maxBytes: cachedBytes });
  const reader = createRunReader({ log, clock, owned, ended });
  /** Live runs that an earlier process has left and that wait for their turn. */
  const left: string[] = [];
  /** The run that was just started: if it begins at once, it need not be read again. */
  let fresh: { readonly progress: RunProgress; readonly bytes: number } | undefined;
  let hasLoaded = false;
  let isLooking = false;
  /** A run whose turn has come is being read. */
  let isTaking = false;
  let draining = false;
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
      queue.putBack(runId);
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
      queue.leave(runId);
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

  /** The receipt of the run that has this id already. */
  async function startedBefore(
    runId: string,
    digest: string,
    asker: Asker,
  ): Promise<StartReceipt | undefined> {
    const head = await log.head(runId);
    if (head === undefined) return undefined;
    if (head.status === 'removed') {
      throw new StagewireError('RUN_ID_CONFLICT', 'the run id was that of a run that retention has removed', {
        details: { runId },
      });
    }
    const [first] = await log.read(runId, { after: 0, limit: 1 });
    const event = first?.event;
    if (event?.type === 'run.queued' && event.owner === asker.owner && event.digest === digest) {
      return receiptOf(runId);
    }
    throw new StagewireError('RUN_ID_CONFLICT', 'the run id is taken by a run with another body', {
      details: { runId },
    });
  }

  /**
   * What runs is read while there is room for it; the rest, and what waits, is read when its turn comes. One run that
   * cannot be read does not keep the others from going on.
   */
  async function load(): Promise<void> {
    hasLoaded = true;
    for (const runId of await log.liveRuns()) {
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

  return {
    async start(input, asker) {
      if (draining) throw aboutToStop();
      const runId = input.runId ?? chance.runId(clock.now());
      const digest = digestOf(input);
      const before = await startedBefore(runId, digest, asker);
      if (before !== undefined) return before;
      const events = startRun(input, asker, options);
      if (queue.waiting >= options.maxQueuedRuns) {
        throw new StagewireError('OVERLOADED', `${queue.waiting} runs wait already; try again later`);
      }
      const queuedAtMs = clock.now();
      const recorder = createRecorder({ runId, log, clock, progress: undefined });
      try {
        await recorder.record(events);
      } catch (error) {
        if (error instanceof LogUnavailable) {
          throw new StagewireError('LOG_UNAVAILABLE', 'the event log cannot be written at the moment', {
            cause: error,
          });
        }
        // Another start with the same id came first.
        const other = error instanceof LogConflict ? await startedBefore(runId, digest, asker) : undefined;
        if (other !== undefined) return other;
        throw error;
      }
      if (stopping) return receiptOf(runId);
      fresh = { progress: recorder.progress, bytes: charsOf(input) * heldPerByte };
      queue.push(runId, queuedAtMs);
      fresh = undefined;
      return receiptOf(runId);
    },

    async command(command, asker): Promise<Receipt> {
      checkFields(command);
      const { runId } = command;
      const { run } = await reader.visible(runId, asker);
      if (owned.has(runId) || queue.placeOf(runId) !== undefined) return owned.command(command, asker);
      const stored = storedReceipt(run, command);
      if (stored !== undefined) return stored;
      if (run.status === 'queued' || run.status === 'running') throw aboutToStop();
      throw new StagewireError('RUN_ENDED', `the run has ended: ${run.status}`, {
        details: { status: run.status },
      });
    },

    state: async (runId, asker) => (await reader.visible(runId, asker)).run,

    async files({ runId, path, at }, asker) {
      const present = await reader.visible(runId, asker);
      const files = at === undefined ? filesOf(present) : await reader.filesAt(runId, at);
      return files.filter((file) => path === undefined || file.path === path);
    },

    async prompt({ runId, ...at }, asker) {
      await reader.visible(runId, asker);
      return reader.promptAt(runId, at);
    },

    waiting(runId) {
      const told = owned.get(runId)?.waiting();
      const place = queue.placeOf(runId);
      if (told !== undefined || place === undefined) return told;
      const elapsedMs = Math.max(0, clock.now() - place.queuedAtMs);
      return { type: 'run.waiting', phase: 'queued', ahead: place.ahead, elapsedMs };
    },

    load,

    async recover() {
      if (!hasLoaded) await load();
      owned.takeUpInherited();
      for (const runId of left.splice(0)) {
        const head = await log.head(runId);
        if (head?.status !== 'live') continue;
        owned.inherit(runId);
        queue.push(runId, Date.parse(head.summary.queuedAt));
      }
    },

    drain() {
      draining = true;
    },

    async stop() {
      draining = true;
      stopping = true;
      await owned.stop();
    },
  };
}

function receiptOf(runId: string): StartReceipt {
  return { runId, cursor: formatCursor(runId, { epoch: 1, seq: 1 }) };
}

interface RunText {
  readonly task: string;
  readonly files?: readonly InputFile[] | undefined;
  readonly instructions?: RunState['instructions'] | undefined;
}

/** What a run holds in memory from its start to its end, as far as whoever starts it decides that. */
function charsOf({ task, files = [], instructions = {} }: RunText): number {
  const texts = [task, ...files.map(({ text }) => text), ...Object.values(instructions)];
  return texts.reduce((sum, text) => sum + text.length, 0);
}
