import { isEnding } from '@stagewire/shared';
import type { AttemptState, DurableEvent, RunFile, RunPrompt, RunState } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog, Head } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { isGoneFor } from './delete-run.ts';
import type { EndedRunCache } from './ended-run-cache.ts';
import { filesOf } from './decide/artifacts/files-of.ts';
import { loadRun } from './load-run.ts';
import { memoryBytesPerLogByte, type LoadedRuns } from './loaded-runs.ts';
import type { RunProgress } from './decide/progress.ts';
import { promptOf } from './requests/prompt-of.ts';
import { canAccess, type Principal } from '../identity/principal.ts';

export interface RunReaderOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly loaded: Pick<LoadedRuns, 'get'>;
  readonly ended: EndedRunCache;
}

/** Names an attempt of a run. */
export interface AttemptRef {
  readonly stage: number;
  readonly attempt: number;
}

/** Reads runs from memory or from the log. */
export interface RunReader {
  /**
   * The run, if the principal may see it; a run of another owner looks like one that does not exist.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
   */
  visible(runId: string, principal: Principal): Promise<RunProgress>;
  /**
   * The run, if it is executed here and the principal may see it, without a look at the log: only for what the log then
   * checks, since the run may have been set aside or deleted.
   */
  executed(runId: string, principal: Principal): RunProgress | undefined;
  /** The files of a run at the end of an attempt. @throws StagewireError ATTEMPT_NOT_FOUND. */
  filesAt(runId: string, at: AttemptRef): Promise<RunFile[]>;
  /** The prompt of an attempt. @throws StagewireError ATTEMPT_NOT_FOUND. */
  promptAt(runId: string, at: AttemptRef): Promise<RunPrompt>;
  /** Removes a deleted run from memory. */
  forget(runId: string): void;
}

export function createRunReader({ log, clock, loaded, ended }: RunReaderOptions): RunReader {
  const loading = new Map<string, { readonly seq: number; progress: Promise<RunProgress | undefined> }>();

  // Their latest events may be lost.
  log.watchForks(() => {
    loading.clear();
    ended.clear();
  });

  /** A run that is not in memory. Concurrent calls share one read. */
  async function read(runId: string, head: Head): Promise<RunProgress | undefined> {
    if (head.status !== 'ended' && head.status !== 'live') return undefined;
    const cached = head.status === 'ended' ? ended.get(runId) : undefined;
    if (cached !== undefined && cached.run.seq >= head.position.seq) return cached;
    const present = loading.get(runId);
    if (present?.seq === head.position.seq) return present.progress;
    // Links may have been created since.
    const reading = { seq: head.position.seq, progress: loadRun(log, runId, { clock, from: cached }) };
    loading.set(runId, reading);
    reading.progress = reading.progress
      .then((progress) => {
        // Unless it was deleted meanwhile, or read again further.
        if (progress !== undefined && head.status === 'ended' && loading.get(runId) === reading)
          ended.set(progress, head.bytes * memoryBytesPerLogByte);
        return progress;
      })
      .finally(() => {
        if (loading.get(runId) === reading) loading.delete(runId);
      });
    return reading.progress;
  }

  /** The run in memory. The executor of a run that has ended, not unloaded yet, knows nothing of later links. */
  function executedAt(runId: string, head: Head): RunProgress | undefined {
    const progress = loaded.get(runId)?.progress;
    const isBehind =
      progress !== undefined && head.status === 'ended' && progress.run.seq < head.position.seq;
    return isBehind ? undefined : progress;
  }

  /** The run was there when the call began. */
  async function rejectRemoved(runId: string): Promise<void> {
    if ((await log.head(runId))?.status === 'removed') throw wireErrors.RUN_EXPIRED(runId);
  }

  return {
    async visible(runId, principal) {
      // Also of a run that is executed here: it may have been set aside, and deleted, before its executor leaves.
      const head = await log.head(runId);
      if (head?.status === 'unreadable' && canAccess(principal, { runId, owner: head.owner })) {
        throw wireErrors.RUN_UNREADABLE(runId, head.problem);
      }
      const owner = head === undefined ? undefined : ownerOf(head);
      const isVisible = owner !== undefined && canAccess(principal, { runId, owner });
      const progress =
        isVisible && head !== undefined ? (executedAt(runId, head) ?? (await read(runId, head))) : undefined;
      if (isVisible && progress !== undefined) return progress;
      // It may have been removed while it was read.
      const after = isVisible ? await log.head(runId) : head;
      throw isGoneFor(principal, runId, after)
        ? wireErrors.RUN_EXPIRED(runId)
        : wireErrors.RUN_NOT_FOUND(runId);
    },

    executed(runId, principal) {
      const progress = loaded.get(runId)?.progress;
      const isLive = progress !== undefined && progress.run.endedAt === undefined;
      return isLive && canAccess(principal, { runId, owner: progress.run.owner }) ? progress : undefined;
    },

    async filesAt(runId, at) {
      const isEnd = (event: DurableEvent) => isEnding(event) && isOf(event, at);
      const progress = await loadRun(log, runId, { clock, until: isEnd });
      const attempt = progress === undefined ? undefined : attemptAt(progress.run, at);
      if (progress === undefined) await rejectRemoved(runId);
      if (progress === undefined || attempt === undefined || attempt.status === 'running') {
        throw wireErrors.ATTEMPT_NOT_FOUND.notEnded({ runId, ...at });
      }
      return filesOf(progress);
    },

    async promptAt(runId, at) {
      let sentHash: string | undefined;
      const isStart = (event: DurableEvent) => {
        if (event.type !== 'stage.started' || !isOf(event, at)) return false;
        sentHash = event.promptHash;
        return true;
      };
      const progress = await loadRun(log, runId, { clock, until: isStart });
      if (progress === undefined) await rejectRemoved(runId);
      if (progress === undefined || attemptAt(progress.run, at)?.status !== 'running') {
        const { missing, noStage } = wireErrors.ATTEMPT_NOT_FOUND;
        const hasStage = progress?.run.stages.some(({ stage }) => stage === at.stage) === true;
        throw (hasStage ? missing : noStage)({ runId, ...at });
      }
      return promptOf(whileRunning(progress), sentHash);
    },

    forget(runId) {
      loading.delete(runId);
      ended.evict(runId);
    },
  };
}

/** Inherited attempts are in the log before `run.started`, and their prompts are those of a running run. */
function whileRunning(progress: RunProgress): RunProgress {
  return { ...progress, run: { ...progress.run, status: 'running' } };
}

function ownerOf(head: Head): string | undefined {
  return head.status === 'live' || head.status === 'ended' ? head.summary.owner : undefined;
}

function isOf(event: AttemptRef, { stage, attempt }: AttemptRef): boolean {
  return event.stage === stage && event.attempt === attempt;
}

function attemptAt(run: RunState, { stage, attempt }: AttemptRef): AttemptState | undefined {
  return run.stages.find((it) => it.stage === stage)?.attempts.find((it) => it.attempt === attempt);
}
