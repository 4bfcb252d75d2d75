import type { Command, InputFile, Receipt, RunState } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Nobody } from '../cluster/command-relay.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { createEmbeddedOwnership } from '../cluster/embedded-ownership.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import { LogConflict, LogUnavailable, type EventLog } from '../log/event-log.ts';
import type { RandomSource } from '../runtime/random.ts';
import type { Logger } from '../runtime/logger.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import { checkFields, storedReceipt } from './decide/decide-command.ts';
import { createEndedRuns } from './ended-runs.ts';
import { filesOf } from './decide/artifacts/files-of.ts';
import { createNodeRuns } from './node-runs.ts';
import { heldPerByte } from './owned-runs.ts';
import { createRecorder } from './execute/recorder.ts';
import { createRemoteCommands } from './remote-commands.ts';
import { createRunAdmission, type RunAdmissionOptions } from './run-admission.ts';
import { waitingInQueue } from './run-queue.ts';
import { createRunReader } from './run-reader.ts';
import type { Principal, RunService, Waiting } from './run-service.ts';
import { digestOf, startRun, type StartDefaults } from './start-run.ts';
import { receiptOf, startedBefore } from './started-before.ts';

export interface SupervisorOptions
  extends Omit<RunAdmissionOptions, 'ownership' | 'isQueuedElsewhere' | 'onLeave'>, StartDefaults {
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  /** Runs that may wait; one more is refused with OVERLOADED. @default 10000 */
  readonly maxQueuedRuns: number;
  /** What runs that have ended and are asked about may take in memory, in bytes. @default 33554432 */
  readonly maxCachedRunBytes: number;
  /** The other nodes, where several share the log. @default none: every run is this server's */
  readonly cluster?: Cluster | undefined;
  /** Set to the time of the log's store; the same clock as `clock`. @default instants are this machine's */
  readonly offsetClock?: OffsetClock | undefined;
  /** How long an append of this run has been tried again, in milliseconds. @default the log does not try again */
  readonly logStalledMs?: ((runId: string) => number | undefined) | undefined;
}

/** All runs of this server: admits them, owns them, takes them up again after a restart. */
export interface Supervisor extends RunService {
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
  /** Accepts nothing more, aborts the model calls, and leaves live runs to the next start, or to another node. */
  stop(): Promise<void>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, random, account, cluster } = options;
  const inTurn = createSerialQueue({ turnOf: clock, turnAfterMs: 2 }).post;
  /** The pages of all runs that are loaded, one after the other. */
  const log: EventLog = {
    ...options.log,
    read: (runId, page) => inTurn(() => options.log.read(runId, page)),
  };
  const admission = createRunAdmission({
    ...options,
    log,
    // A node that shares its log claims its runs when it has started.
    ownership: cluster === undefined ? createEmbeddedOwnership(log) : undefined,
    isQueuedElsewhere: (runId) => node?.isClaimedForCommand(runId) === true,
    onLeave: (runId) => node?.left(runId),
  });
  const { owned, queue } = admission;
  const node = cluster && createNodeRuns({ ...options, cluster, admission, waitingHere });
  const stopped = new AbortController();
  const remote =
    cluster &&
    createRemoteCommands({
      clock,
      takeOverMs: 2 * cluster.ownership.leaseMs,
      signal: stopped.signal,
      deliver,
    });
  const cachedBytes = Math.min(options.maxCachedRunBytes, account.report().runs.limitBytes / 8);
  const ended = createEndedRuns({ account, maxBytes: cachedBytes });
  const reader = createRunReader({ log, clock, owned, ended });
  let draining = false;
  let stopping = false;

  async function deliver(command: Command, principal: Principal): Promise<Receipt | Nobody> {
    const { runId } = command;
    const { run } = await reader.visible(runId, principal);
    if (node?.isHere(runId) === true) return node.decideHere(command, principal);
    if (owned.has(runId) || queue.placeOf(runId) !== undefined) return owned.command(command, principal);
    const stored = storedReceipt(run, command);
    if (stored !== undefined) return stored;
    if (run.status !== 'queued' && run.status !== 'running') {
      throw wireErrors.RUN_ENDED(run.status);
    }
    if (node === undefined || stopping) throw wireErrors.DRAINING();
    return node.deliver(command, principal, run.status);
  }

  /** What a run that is executed here waits for. */
  function waitingHere(runId: string): Waiting | undefined {
    const owner = owned.get(runId);
    const stalledMs = owner === undefined ? undefined : options.logStalledMs?.(runId);
    if (stalledMs !== undefined) {
      return { type: 'run.waiting', phase: 'log', elapsedMs: Math.floor(stalledMs) };
    }
    return owner?.waiting() ?? waitingInQueue(queue.placeOf(runId), clock.now());
  }

  return {
    async start(input, principal) {
      if (draining) throw wireErrors.DRAINING();
      const runId = input.runId ?? random.runId(clock.now());
      const digest = digestOf(input);
      const before = await startedBefore(log, { runId, digest }, principal);
      if (before !== undefined) return before;
      const events = startRun(input, principal, options);
      const queued = node?.queued ?? queue.waiting;
      if (queued >= options.maxQueuedRuns) {
        throw wireErrors.OVERLOADED.queue(options.maxQueuedRuns);
      }
      const giveSlotBack = node?.reserveSlot();
      const claim = giveSlotBack !== undefined;
      const queuedAtMs = clock.now();
      const recorder = createRecorder({ runId, log, clock, progress: undefined, claim });
      try {
        await recorder.record(events);
      } catch (error) {
        if (error instanceof LogUnavailable) {
          // It may be there, claimed by this node, which knows nothing of it.
          if (claim && error.outcome === 'unknown') node?.left(runId);
          throw error.outcome === 'unknown'
            ? wireErrors.LOG_UNAVAILABLE.perhapsStarted(error)
            : wireErrors.LOG_UNAVAILABLE.notStarted(error);
        }
        // Another start with the same id came first.
        const other =
          error instanceof LogConflict ? await startedBefore(log, { runId, digest }, principal) : undefined;
        if (other !== undefined) return other;
        throw error;
      } finally {
        giveSlotBack?.();
      }
      // Whichever node has a slot free claims it from the queue.
      if (stopping || (node !== undefined && !claim)) return receiptOf(runId);
      admission.push(recorder.progress, { queuedAtMs, bytes: charsOf(input) * heldPerByte });
      return receiptOf(runId);
    },

    async command(command, principal): Promise<Receipt> {
      checkFields(command);
      const answer = await (remote === undefined
        ? deliver(command, principal)
        : remote.give(command, principal));
      if (answer === 'nobody') throw wireErrors.DRAINING();
      return answer;
    },

    state: async (runId, principal) => (await reader.visible(runId, principal)).run,

    async files({ runId, path, at }, principal) {
      const present = await reader.visible(runId, principal);
      const files = at === undefined ? filesOf(present) : await reader.filesAt(runId, at);
      return files.filter((file) => path === undefined || file.path === path);
    },

    async prompt({ runId, ...at }, principal) {
      await reader.visible(runId, principal);
      return reader.promptAt(runId, at);
    },

    waiting(runId) {
      const here = waitingHere(runId);
      return here ?? (node?.isHere(runId) === false ? node.waiting(runId) : undefined);
    },

    load: () => admission.load(),

    async recover() {
      await admission.takeUp();
      await node?.start();
    },

    drain() {
      draining = true;
      node?.drain();
    },

    async stop() {
      draining = true;
      stopping = true;
      stopped.abort();
      const nodeStopped = node?.stop();
      await admission.stop();
      await nodeStopped;
      await node?.releaseAll();
    },
  };
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
