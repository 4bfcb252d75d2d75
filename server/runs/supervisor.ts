import {
  isLinkCommand,
  StagewireError,
  type EventBody,
  type Receipt,
  type RunCommand,
  type StartReceipt,
} from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { NoExecutor } from '../cluster/command-relay.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { createEmbeddedOwnership } from '../cluster/embedded-ownership.ts';
import type { OffsetClock } from '../cluster/offset-clock.ts';
import { LogConflict, LogUnavailable } from '../log/event-log.ts';
import type { RandomSource } from '../runtime/random.ts';
import type { OwnerLimits, StartCounts } from '../limits/owner-limits.ts';
import type { Logger } from '../runtime/logger.ts';
import { checkFields, storedReceipt } from './decide/decide-command.ts';
import { deleteRun } from './delete-run.ts';
import { createEndedRunCache } from './ended-run-cache.ts';
import { createEndedRunLinks } from './ended-run-links.ts';
import type { HandOver } from './hand-over.ts';
import { filesOf } from './decide/artifacts/files-of.ts';
import type { RunProgress } from './decide/progress.ts';
import { createNodeRuns } from './node-runs.ts';
import { createPacedLog, remoteReadsAtOnce } from './paced-log.ts';
import { memoryBytesPerLogByte } from './loaded-runs.ts';
import type { MeteredAppends } from './execute/append-meter.ts';
import { createRecorder } from './execute/recorder.ts';
import { createRemoteCommands } from './remote-commands.ts';
import { createRunScheduler, type RunSchedulerOptions } from './run-scheduler.ts';
import { queueHeartbeat } from './run-queue.ts';
import { createRunReader } from './run-reader.ts';
import { createStartCounts } from './start-counts.ts';
import { runStats, type RunStats } from './run-stats.ts';
import type { RunService, Heartbeat } from './run-service.ts';
import { requireOwners, requireRightToCall, type Principal } from '../identity/principal.ts';
import { digestOf, startRun, type StartDefaults } from './start-run.ts';
import { receiptOf, findExistingStart, type StartKey } from './find-existing-start.ts';
import { inputChars } from './input-chars.ts';
import { loadSource } from './load-source.ts';
import { startFrom } from './start-from.ts';

export interface SupervisorOptions
  extends
    Omit<
      RunSchedulerOptions,
      'ownership' | 'isQueuedElsewhere' | 'onLeave' | 'readsAtOnce' | 'maxRunningOfOwner'
    >,
    StartDefaults,
    MeteredAppends {
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly heartbeatMs: number;
  /** Which starts are rejected. */
  readonly limits: Pick<OwnerLimits, 'settings' | 'admitStart'>;
  /** Cache for ended runs, in bytes. @default 33554432 */
  readonly maxCachedRunBytes: number;
  /** The other nodes, where several share the log. @default none: every run is this server's */
  readonly cluster?: Cluster | undefined;
  /** Passes runs on during a drain; the executors ask it before each model call. @default runs are cut off */
  readonly handOver?: HandOver | undefined;
  /** Set to the time of the log's store; the same clock as `clock`. @default timestamps are this machine's */
  readonly offsetClock?: OffsetClock | undefined;
  /** How long an append of this run has been retried, in milliseconds. @default the log does not retry */
  readonly logStalledMs?: ((runId: string) => number | undefined) | undefined;
  /** Called before a start is read. @throws StagewireError OVERLOADED while the log is slow. @default never throws */
  readonly checkLog?: (() => void) | undefined;
}

/** All runs of this server: schedules, executes and recovers them. */
export interface Supervisor extends RunService {
  stats(): RunStats;
  /** The runs that limits are compared with. */
  readonly counts: StartCounts;
  /**
   * Loads every live run of the log; marks unreadable ones. Writes nothing for the others, so a start that
   * fails afterwards has changed no run.
   *
   * @throws LogUnavailable
   */
  load(): Promise<void>;
  /**
   * Recovers the runs that `load` has read; loads them first if necessary. Called once, as the last step of the start.
   */
  recover(): Promise<void>;
  /** Rejects new runs from now on; running ones continue and accept commands. */
  drain(): void;
  /**
   * Hands runs over to other nodes that share the log, each between two model calls. Resolves when none is left, or after
   * `timeoutMs`; at once without other nodes.
   */
  passOn(timeoutMs: number): Promise<void>;
  /** Accepts nothing more, aborts the model calls, and leaves live runs to the next start or to another node. */
  stop(): Promise<void>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock, random, account, cluster } = options;
  const maxRunningOfOwner = options.limits.settings.owner.runningRuns;
  const readsAtOnce = cluster === undefined ? 1 : remoteReadsAtOnce;
  const log = createPacedLog(options.log, { clock, readsAtOnce });
  const scheduler = createRunScheduler({
    ...options,
    maxRunningOfOwner,
    log,
    readsAtOnce,
    // A node that shares its log claims its runs after the start.
    ownership: cluster === undefined ? createEmbeddedOwnership(log) : undefined,
    isQueuedElsewhere: (runId) => node?.isClaimedForCommand(runId) === true,
    onLeave: (runId) => node?.release(runId),
  });
  const { loaded, queue } = scheduler;
  const node =
    cluster && createNodeRuns({ ...options, maxRunningOfOwner, cluster, scheduler, localHeartbeat });
  const counts = createStartCounts({ ...options, queue, node, shared: cluster?.limits, maxRunningOfOwner });
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
  const ended = createEndedRunCache({ account, maxBytes: cachedBytes });
  const reader = createRunReader({ log, clock, loaded, ended });
  const endedLinks = createEndedRunLinks({ ...options, log, reader });
  let draining = false;
  let stopping = false;

  async function send(command: RunCommand, principal: Principal): Promise<Receipt> {
    const answer = await (remote === undefined
      ? deliver(command, principal)
      : remote.send(command, principal));
    if (answer === 'no-executor') throw wireErrors.DRAINING();
    return answer;
  }

  async function deliver(command: RunCommand, principal: Principal): Promise<Receipt | NoExecutor> {
    const { runId } = command;
    const executed = reader.executed(runId, principal);
    if (executed === undefined) {
      return decide(command, principal, await reader.visible(runId, principal));
    }
    try {
      return await decide(command, principal, executed);
    } catch (error) {
      // A run that was set aside or deleted meanwhile has a better reason.
      await reader.visible(runId, principal);
      throw error;
    }
  }

  async function decide(
    command: RunCommand,
    principal: Principal,
    progress: RunProgress,
  ): Promise<Receipt | NoExecutor> {
    const { runId } = command;
    const { run } = progress;
    if (node?.isLocal(runId) === true) return node.decideLocally(command, principal);
    if (loaded.has(runId) || queue.positionOf(runId) !== undefined) return loaded.command(command, principal);
    const stored = isLinkCommand(command) ? undefined : storedReceipt(progress, command);
    if (stored !== undefined) return stored;
    if (run.status !== 'queued' && run.status !== 'running') {
      throw wireErrors.RUN_ENDED(run.status);
    }
    if (node === undefined || stopping) throw wireErrors.DRAINING();
    return node.deliver(command, principal, run.status);
  }

  /** The heartbeat of a run that is executed here. */
  function localHeartbeat(runId: string): Heartbeat | undefined {
    const owner = loaded.get(runId);
    const stalledMs = owner === undefined ? undefined : options.logStalledMs?.(runId);
    if (stalledMs !== undefined) {
      return { type: 'run.waiting', phase: 'log', elapsedMs: Math.floor(stalledMs) };
    }
    return owner?.heartbeat() ?? queueHeartbeat(queue.positionOf(runId), clock.now());
  }

  /** Appends the first events of a run and queues it. @param start.bytes Its estimated memory. */
  async function append(
    key: StartKey,
    principal: Principal,
    start: { readonly events: readonly EventBody[]; bytes(): number },
  ): Promise<StartReceipt> {
    const { runId } = key;
    const [queuedEvent] = start.events;
    if (queuedEvent?.type !== 'run.queued') throw new TypeError('a run begins with run.queued');
    using admitted = new DisposableStack();
    admitted.defer(await options.limits.admitStart(queuedEvent.owner, counts));
    // Meanwhile a drain may have begun.
    if (draining) throw wireErrors.DRAINING();
    const releaseSlot = node?.reserveSlot();
    const claim = releaseSlot !== undefined;
    const queuedAtMs = clock.now();
    const recorder = createRecorder({ ...options, log, runId, progress: undefined, claim });
    try {
      await recorder.record(start.events);
    } catch (error) {
      if (error instanceof LogUnavailable) {
        // The run may exist, claimed by this node without its knowledge.
        if (claim && error.outcome === 'unknown') node?.release(runId);
        throw error.outcome === 'unknown'
          ? wireErrors.LOG_UNAVAILABLE.perhapsStarted(error)
          : wireErrors.LOG_UNAVAILABLE.notStarted(error);
      }
      // Another start with the same id came first.
      const other = error instanceof LogConflict ? await findExistingStart(log, key, principal) : undefined;
      if (other !== undefined) return other;
      throw error;
    } finally {
      releaseSlot?.();
    }
    // Otherwise any node with a free slot claims it from the queue.
    if (!stopping && (node === undefined || claim))
      scheduler.push(recorder.progress, { queuedAtMs, bytes: start.bytes() });
    return receiptOf(runId, recorder.progress.run.queuedAt);
  }

  return {
    async start(input, principal) {
      requireOwners(principal, input.owner);
      // What is inherited is read for the caller.
      if (input.from !== undefined) requireRightToCall(principal, 'runs.prompt');
      if (draining) throw wireErrors.DRAINING();
      options.checkLog?.();
      const runId = input.runId ?? random.runId(clock.now());
      const key = { runId, digest: digestOf(input) };
      const before = await findExistingStart(log, key, principal);
      if (before !== undefined) return before;
      const { from } = input;
      if (from === undefined) {
        const events = startRun(input, principal, options);
        return append(key, principal, { events, bytes: () => inputChars(input) * memoryBytesPerLogByte });
      }
      const source = await loadSource(from, principal, { log, clock, account, reader });
      try {
        const events = startFrom(input, source, { principal, defaults: options });
        return await append(key, principal, {
          events,
          bytes() {
            // From now on the run itself is charged.
            source.release();
            return source.bytes + inputChars(input) * memoryBytesPerLogByte;
          },
        });
      } finally {
        source.release();
      }
    },

    async command(command, principal): Promise<Receipt> {
      checkFields(command);
      try {
        return await send(command, principal);
      } catch (error) {
        const hasEnded = error instanceof StagewireError && error.code === 'RUN_ENDED';
        if (!hasEnded || !isLinkCommand(command)) throw error;
        return endedLinks.accept(command, principal);
      }
    },

    async delete(runId, principal) {
      const receipt = await deleteRun(runId, { log, clock, principal });
      reader.forget(runId);
      return receipt;
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

    heartbeat(runId) {
      const local = localHeartbeat(runId);
      return local ?? (node?.isLocal(runId) === false ? node.heartbeat(runId) : undefined);
    },

    counts,
    stats: () => runStats({ clock, loaded, queue, node }),

    load: () => scheduler.load(),

    async recover() {
      await scheduler.recover();
      await node?.start();
    },

    drain() {
      draining = true;
      node?.drain();
    },

    async passOn(timeoutMs) {
      await node?.passOn(timeoutMs);
    },

    async stop() {
      draining = true;
      stopping = true;
      stopped.abort();
      const nodeStopped = node?.stop();
      await scheduler.stop();
      await nodeStopped;
      await node?.releaseAll();
    },
  };
}
