import { formatCursor, isEnding, StagewireError } from '@stagewire/shared';
import type {
  AttemptState,
  DurableEvent,
  InputFile,
  Receipt,
  RunState,
  StartReceipt,
} from '@stagewire/shared';
import { LogConflict, LogUnavailable } from '../log/event-log.ts';
import { runUnreadable } from '../log/run-unreadable.ts';
import { createCommandBus } from './command-bus.ts';
import { filesOf } from './files-of.ts';
import { loadRun } from './load-run.ts';
import { createLogWatch } from './log-watch.ts';
import { promptOf } from './prompt-of.ts';
import { createRecorder } from './recorder.ts';
import { createRunOwner, type RunOwner, type RunOwnerOptions } from './run-owner.ts';
import { createRunQueue } from './run-queue.ts';
import type { RunProgress } from './progress.ts';
import { checkFields, storedReceipt } from './decide-command.ts';
import type { Asker, Runs } from './runs.ts';
import { digestOf, startRun, type StartDefaults } from './start-run.ts';

export interface SupervisorOptions extends Omit<RunOwnerOptions, 'onEnd' | 'logWatch'>, StartDefaults {
  /** How long to wait before a failing log is tried again, in milliseconds. @default 1000 */
  readonly logRetryMs: number;
  /** Runs that may be under way at the same time; others wait in the order in which they came. @default 1000 */
  readonly maxRunningRuns: number;
  /** Runs that may wait; one more is refused with OVERLOADED. @default 10000 */
  readonly maxQueuedRuns: number;
  /** Characters of tasks and files that all live runs may hold in memory; beyond them OVERLOADED. @default 250000000 */
  readonly maxHeldChars: number;
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

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { log, clock, chance, maxHeldChars } = options;
  const owners = new Map<string, RunOwner>();
  const bus = createCommandBus();
  const logWatch = createLogWatch(options);
  const queue = createRunQueue({
    maxRunning: options.maxRunningRuns,
    begin: (runId) => owners.get(runId)?.begin(),
  });
  /** Runs that were read at the start and wait for `recover`. */
  const loaded = new Map<string, RunOwner>();
  let hasLoaded = false;
  let heldChars = 0;
  let draining = false;
  let stopping = false;

  function own(progress: RunProgress): RunOwner {
    const { runId } = progress.run;
    const chars = charsOf({ task: progress.run.task, files: progress.inputs });
    heldChars += chars;
    const owner: RunOwner = createRunOwner(progress, {
      ...options,
      logWatch,
      onEnd() {
        owners.delete(runId);
        heldChars -= chars;
        disown();
        if (!stopping) queue.leave(runId);
      },
    });
    const disown = bus.own(runId, (command, asker) => owner.command(command, asker.actor));
    owners.set(runId, owner);
    return owner;
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

  /** The run, if the asker may see it; a run of somebody else looks like one that is not there. */
  async function visible(runId: string, asker: Asker): Promise<RunProgress['run']> {
    const own = owners.get(runId)?.run;
    const head = own === undefined ? await log.head(runId) : undefined;
    if (head?.status === 'unreadable' && head.owner === asker.owner) throw runUnreadable(runId, head.problem);
    const isThere = head !== undefined && head.status !== 'unreadable';
    const run = own ?? (isThere ? (await loadRun(log, runId, { clock }))?.run : undefined);
    if (run !== undefined && run.owner === asker.owner) return run;
    if (head?.status === 'removed') {
      throw new StagewireError('RUN_EXPIRED', `run ${runId} was removed by retention`, {
        details: { runId },
      });
    }
    throw new StagewireError('RUN_NOT_FOUND', `there is no run ${runId}`, { details: { runId } });
  }

  /** The run as it is now; it was there a moment ago. */
  async function present(runId: string): Promise<RunProgress> {
    const progress = owners.get(runId)?.progress ?? (await loadRun(log, runId, { clock }));
    if (progress === undefined) throw new StagewireError('RUN_NOT_FOUND', `there is no run ${runId}`);
    return progress;
  }

  /** The run as it was when an attempt had ended. */
  async function endOf(runId: string, at: AttemptPlace): Promise<RunProgress> {
    const isEnd = (event: DurableEvent) => isEnding(event) && isOf(event, at);
    const progress = await loadRun(log, runId, { clock, until: isEnd });
    const attempt = progress === undefined ? undefined : attemptAt(progress.run, at);
    if (progress === undefined || attempt === undefined || attempt.status === 'running') {
      throw noAttempt(runId, at);
    }
    return progress;
  }

  async function load(): Promise<void> {
    hasLoaded = true;
    for (const runId of await log.liveRuns()) {
      const progress = await loadOrSetAside(runId);
      if (progress !== undefined) loaded.set(runId, own(progress));
    }
  }

  /** One run that cannot be read does not keep the others from going on. */
  async function loadOrSetAside(runId: string): Promise<RunProgress | undefined> {
    try {
      return await loadRun(log, runId, { clock });
    } catch (error) {
      if (error instanceof LogUnavailable) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      await log.setAside(runId, problem);
      options.logger.error({ runId, error }, 'this run cannot be read and was set aside; the others go on');
      return undefined;
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
      const chars = charsOf(input);
      if (heldChars + chars > maxHeldChars) {
        throw new StagewireError(
          'OVERLOADED',
          'the runs that are under way hold as many files as the server can carry; try again later',
        );
      }
      const recorder = createRecorder({ runId, log, clock, progress: undefined });
      heldChars += chars;
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
      } finally {
        heldChars -= chars;
      }
      own(recorder.progress);
      if (!stopping) queue.push(runId);
      return receiptOf(runId);
    },

    async command(command, asker): Promise<Receipt> {
      checkFields(command);
      const run = await visible(command.runId, asker);
      const receipt = await bus.deliver(command, asker);
      if (receipt !== undefined) return receipt;
      const stored = storedReceipt(run, command);
      if (stored !== undefined) return stored;
      if (run.status === 'queued' || run.status === 'running') throw aboutToStop();
      throw new StagewireError('RUN_ENDED', `the run has ended: ${run.status}`, {
        details: { status: run.status },
      });
    },

    state: visible,

    async files({ runId, path, at }, asker) {
      await visible(runId, asker);
      const progress = at === undefined ? await present(runId) : await endOf(runId, at);
      return filesOf(progress).filter((file) => path === undefined || file.path === path);
    },

    async prompt({ runId, ...at }, asker) {
      await visible(runId, asker);
      let sentHash: string | undefined;
      const isStart = (event: DurableEvent) => {
        if (event.type !== 'stage.started' || !isOf(event, at)) return false;
        sentHash = event.promptHash;
        return true;
      };
      const progress = await loadRun(log, runId, { clock, until: isStart });
      if (progress === undefined || openAttempt(progress, at) === undefined) throw noAttempt(runId, at);
      return promptOf(progress, sentHash);
    },

    waiting(runId) {
      const owner = owners.get(runId);
      const ahead = queue.ahead(runId);
      if (ahead === undefined || owner === undefined) return owner?.waiting();
      const elapsedMs = Math.max(0, clock.now() - Date.parse(owner.run.queuedAt));
      return owner.waiting() ?? { type: 'run.waiting', phase: 'queued', ahead, elapsedMs };
    },

    load,

    async recover() {
      if (!hasLoaded) await load();
      for (const [runId, owner] of loaded) {
        owner.recover('restart');
        if (owner.run.status === 'queued') queue.push(runId);
        else queue.admit(runId);
      }
      loaded.clear();
    },

    drain() {
      draining = true;
    },

    async stop() {
      draining = true;
      stopping = true;
      await Promise.all([...owners.values()].map((owner) => owner.stop()));
    },
  };
}

interface AttemptPlace {
  readonly stage: number;
  readonly attempt: number;
}

function isOf(event: AttemptPlace, { stage, attempt }: AttemptPlace): boolean {
  return event.stage === stage && event.attempt === attempt;
}

function attemptAt(run: RunState, { stage, attempt }: AttemptPlace): AttemptState | undefined {
  return run.stages.find((it) => it.stage === stage)?.attempts.find((it) => it.attempt === attempt);
}

function openAttempt(progress: RunProgress, at: AttemptPlace): AttemptState | undefined {
  const attempt = attemptAt(progress.run, at);
  return attempt?.status === 'running' ? attempt : undefined;
}

function noAttempt(runId: string, { stage, attempt }: AttemptPlace): StagewireError {
  const message = `run ${runId} has no attempt ${attempt} of a stage ${stage}, or it has not ended`;
  return new StagewireError('ATTEMPT_NOT_FOUND', message, { details: { runId, stage, attempt } });
}

function receiptOf(runId: string): StartReceipt {
  return { runId, cursor: formatCursor(runId, { epoch: 1, seq: 1 }) };
}

function aboutToStop(): StagewireError {
  return new StagewireError('DRAINING', 'the server is about to stop; send it again');
}

interface RunText {
  readonly task: string;
  readonly files?: readonly InputFile[] | undefined;
}

/** What a run holds in memory from its start to its end, as far as whoever starts it decides that. */
function charsOf({ task, files = [] }: RunText): number {
  return files.reduce((sum, file) => sum + file.text.length, task.length);
}
