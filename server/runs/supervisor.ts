import { formatCursor, isEnding, StagewireError } from '@stagewire/shared';
import type {
  AttemptState,
  Command,
  DurableEvent,
  InputFile,
  Receipt,
  RunState,
  StartReceipt,
} from '@stagewire/shared';
import { LogConflict, LogUnavailable, type Head } from '../log/event-log.ts';
import { runUnreadable } from '../log/run-unreadable.ts';
import type { MemoryAccount, MemoryCharge } from '../runtime/memory-account.ts';
import { createEndedRuns } from './ended-runs.ts';
import { filesOf } from './files-of.ts';
import { loadRun } from './load-run.ts';
import { createLogWatch } from './log-watch.ts';
import { createMailbox } from './mailbox.ts';
import { promptOf } from './prompt-of.ts';
import { createRecorder } from './recorder.ts';
import { createRunOwner, type RunOwner, type RunOwnerOptions } from './run-owner.ts';
import { createRunQueue } from './run-queue.ts';
import type { RunProgress } from './progress.ts';
import { checkFields, storedReceipt } from './decide-command.ts';
import type { Asker, Runs } from './runs.ts';
import { digestOf, startRun, type StartDefaults } from './start-run.ts';

export interface SupervisorOptions
  extends Omit<RunOwnerOptions, 'onEnd' | 'logWatch' | 'holdGrowth'>, StartDefaults {
  readonly account: MemoryAccount;
  /** How long to wait before a failing log is tried again, in milliseconds. @default 1000 */
  readonly logRetryMs: number;
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
  const { log, clock, chance, account } = options;
  /** Runs in memory: those that run, and those that wait while a command of theirs is decided. */
  const owned = new Map<string, Owned>();
  const taking = new Map<string, Promise<Owned | undefined>>();
  const cachedBytes = Math.min(options.maxCachedRunBytes, account.report().runs.limitBytes / 8);
  const ended = createEndedRuns({ account, maxBytes: cachedBytes });
  const loading = new Map<string, Promise<RunProgress | undefined>>();
  const logWatch = createLogWatch(options);
  const queue = createRunQueue({
    maxRunning: options.maxRunningRuns,
    mayBegin() {
      if (account.hasRoom('runs', roomToBeginBytes) || queue.running === 0) return true;
      lookAfterRelease();
      return false;
    },
    begin: (runId) => void begin(runId),
  });
  /** Live runs that an earlier process has left: who takes one up opens a new epoch. */
  const inherited = new Set<string>();
  /** The run that was just started: if it begins at once, it need not be read again. */
  let fresh: { readonly progress: RunProgress; readonly bytes: number } | undefined;
  const spare = createMailbox();
  let hasLoaded = false;
  let isLooking = false;
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

  /** Holds a run in memory; `undefined` if there is no room for it. Alone it always has. */
  function own(progress: RunProgress, bytes: number): Owned | undefined {
    const { runId } = progress.run;
    const limitBytes = account.report().runs.limitBytes;
    const charge = account.charge('runs', owned.size === 0 ? Math.min(bytes, limitBytes / 2) : bytes);
    if (charge === undefined) return undefined;
    const owner = createRunOwner(progress, {
      ...options,
      logWatch,
      holdGrowth: (grownBytes) => charge.resize(charge.bytes + grownBytes),
      onEnd() {
        owned.delete(runId);
        charge.release();
        if (stopping) return;
        queue.leave(runId);
      },
    });
    const one: Owned = { owner, charge, users: 0 };
    owned.set(runId, one);
    return one;
  }

  /**
   * The run in memory, read from the log if it is not there. `undefined` if there is no room for it now.
   *
   * @throws RunUnreadable, LogUnavailable, StagewireError RUN_NOT_FOUND.
   */
  async function take(runId: string, options: { isSpare?: boolean } = {}): Promise<Owned | undefined> {
    const known = owned.get(runId) ?? taking.get(runId);
    if (known !== undefined) return known;
    const taken = loadToOwn(runId, options).finally(() => taking.delete(runId));
    taking.set(runId, taken);
    return taken;
  }

  async function loadToOwn(
    runId: string,
    { isSpare = false }: { readonly isSpare?: boolean },
  ): Promise<Owned | undefined> {
    const head = await log.head(runId);
    const bytes = head !== undefined && 'bytes' in head && !isSpare ? head.bytes * heldPerByte : 0;
    if (owned.size > 0 && !account.hasRoom('runs', bytes)) return undefined;
    const progress = await loadRun(log, runId, { clock });
    if (progress === undefined) throw new StagewireError('RUN_NOT_FOUND', `there is no run ${runId}`);
    const one = own(progress, bytes);
    if (one !== undefined && inherited.delete(runId)) one.owner.recover('restart');
    return one;
  }

  /** Begins, or takes up again, a run whose turn has come. */
  async function begin(runId: string): Promise<void> {
    try {
      const one = fresh === undefined ? await take(runId) : own(fresh.progress, fresh.bytes);
      if (stopping) return;
      if (one !== undefined) return one.owner.begin();
      queue.putBack(runId);
      lookAfterRelease();
    } catch (error) {
      if (error instanceof LogUnavailable) {
        queue.putBack(runId);
        logWatch.wait(() => queue.look());
        return;
      }
      await setAside(runId, error);
      queue.leave(runId);
    }
  }

  async function decideIn(one: Owned, command: Command, asker: Asker): Promise<Receipt> {
    one.users += 1;
    try {
      return await one.owner.command(command, asker.actor);
    } finally {
      one.users -= 1;
      letGo(command.runId, one);
    }
  }

  /** Gives up the memory of a run that waits, when no command of it is under way. */
  function letGo(runId: string, one: Owned): void {
    if (one.users > 0 || owned.get(runId) !== one || queue.placeOf(runId) === undefined) return;
    owned.delete(runId);
    void one.owner.stop().then(() => one.charge.release());
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

  /** The run, if the asker may see it; a run of somebody else looks like one that is not there. */
  async function visible(runId: string, asker: Asker): Promise<RunProgress> {
    const one = owned.get(runId)?.owner.progress;
    const head = one === undefined ? await log.head(runId) : undefined;
    if (head?.status === 'unreadable' && head.owner === asker.owner) throw runUnreadable(runId, head.problem);
    const isOwn = one?.run.owner === asker.owner || (head !== undefined && ownerOf(head) === asker.owner);
    const progress = one ?? (isOwn && head !== undefined ? await read(runId, head) : undefined);
    if (isOwn && progress !== undefined) return progress;
    if (head?.status === 'removed') {
      throw new StagewireError('RUN_EXPIRED', `run ${runId} was removed by retention`, {
        details: { runId },
      });
    }
    throw new StagewireError('RUN_NOT_FOUND', `there is no run ${runId}`, { details: { runId } });
  }

  /** A run that is not in memory. Who asks at the same time is answered by one reading. */
  async function read(runId: string, head: Head): Promise<RunProgress | undefined> {
    if (head.status !== 'ended' && head.status !== 'live') return undefined;
    const known = head.status === 'ended' ? ended.get(runId) : undefined;
    if (known !== undefined) return known;
    const key = `${runId}/${head.position.seq}`;
    const reading = loading.get(key) ?? loadRun(log, runId, { clock }).finally(() => loading.delete(key));
    loading.set(key, reading);
    const progress = await reading;
    if (progress !== undefined && head.status === 'ended') ended.keep(progress, head.bytes * heldPerByte);
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

  /**
   * What runs is read while there is room for it; the rest, and what waits, is read when its turn comes. One run that
   * cannot be read does not keep the others from going on.
   */
  async function load(): Promise<void> {
    hasLoaded = true;
    for (const runId of await log.liveRuns()) {
      inherited.add(runId);
      const head = await log.head(runId);
      if (head?.status !== 'live' || head.summary.status === 'queued') continue;
      try {
        const progress = await loadRun(log, runId, { clock });
        if (progress !== undefined) own(progress, head.bytes * heldPerByte);
      } catch (error) {
        if (error instanceof LogUnavailable) throw error;
        inherited.delete(runId);
        await setAside(runId, error);
      }
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
      const { run } = await visible(runId, asker);
      const isLive = owned.has(runId) || queue.placeOf(runId) !== undefined || taking.has(runId);
      if (!isLive) {
        const stored = storedReceipt(run, command);
        if (stored !== undefined) return stored;
        if (run.status === 'queued' || run.status === 'running') throw aboutToStop();
        throw new StagewireError('RUN_ENDED', `the run has ended: ${run.status}`, {
          details: { status: run.status },
        });
      }
      const one = owned.get(runId) ?? (await take(runId));
      if (one !== undefined) return decideIn(one, command, asker);
      // Whoever wants a run to end must always be heard: without room, one after the other.
      return spare.post(async () => {
        const spared = await take(runId, { isSpare: true });
        if (spared === undefined)
          throw new StagewireError('OVERLOADED', 'the server has no memory for this run');
        return decideIn(spared, command, asker);
      });
    },

    state: async (runId, asker) => (await visible(runId, asker)).run,

    async files({ runId, path, at }, asker) {
      const present = await visible(runId, asker);
      const progress = at === undefined ? present : await endOf(runId, at);
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
      const owner = owned.get(runId)?.owner;
      const told = owner?.waiting();
      const place = queue.placeOf(runId);
      if (told !== undefined || place === undefined) return told;
      const elapsedMs = Math.max(0, clock.now() - place.queuedAtMs);
      return { type: 'run.waiting', phase: 'queued', ahead: place.ahead, elapsedMs };
    },

    load,

    async recover() {
      if (!hasLoaded) await load();
      for (const [runId, { owner }] of owned) {
        inherited.delete(runId);
        owner.recover('restart');
        queue.admit(runId);
      }
      for (const runId of inherited) {
        const head = await log.head(runId);
        if (head?.status === 'live') queue.push(runId, Date.parse(head.summary.queuedAt));
        else inherited.delete(runId);
      }
    },

    drain() {
      draining = true;
    },

    async stop() {
      draining = true;
      stopping = true;
      await Promise.allSettled(taking.values());
      await Promise.all([...owned.values()].map(({ owner }) => owner.stop()));
    },
  };
}

/** A run in memory. */
interface Owned {
  readonly owner: RunOwner;
  readonly charge: MemoryCharge;
  /** Commands that are being decided. */
  users: number;
}

/** A byte of a run's log is about two in memory: the fold keeps texts of up to two bytes per character. */
const heldPerByte = 2;

function ownerOf(head: Head): string | undefined {
  return head.status === 'live' || head.status === 'ended' ? head.summary.owner : undefined;
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
