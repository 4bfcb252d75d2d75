import { isEnding } from '@stagewire/shared';
import type { AttemptState, DurableEvent, RunFile, RunPrompt, RunState } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog, Head } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { EndedRuns } from './ended-runs.ts';
import { filesOf } from './decide/artifacts/files-of.ts';
import { loadRun } from './load-run.ts';
import { heldPerByte, type OwnedRuns } from './owned-runs.ts';
import type { RunProgress } from './decide/progress.ts';
import { promptOf } from './requests/prompt-of.ts';
import type { Principal } from './run-service.ts';

export interface RunReaderOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly owned: Pick<OwnedRuns, 'get'>;
  readonly ended: EndedRuns;
}

/** Names an attempt of a run. */
export interface AttemptPlace {
  readonly stage: number;
  readonly attempt: number;
}

/** Answers what is asked of runs, from memory or from the log. */
export interface RunReader {
  /**
   * The run, if the principal may see it; a run of somebody else looks like one that is not there.
   *
   * @throws StagewireError RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE.
   */
  visible(runId: string, principal: Principal): Promise<RunProgress>;
  /** The files of a run as they were when an attempt had ended. @throws StagewireError ATTEMPT_NOT_FOUND. */
  filesAt(runId: string, at: AttemptPlace): Promise<RunFile[]>;
  /** What the model of an attempt was asked. @throws StagewireError ATTEMPT_NOT_FOUND. */
  promptAt(runId: string, at: AttemptPlace): Promise<RunPrompt>;
}

export function createRunReader({ log, clock, owned, ended }: RunReaderOptions): RunReader {
  const loading = new Map<string, Promise<RunProgress | undefined>>();

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

  return {
    async visible(runId, principal) {
      const one = owned.get(runId)?.progress;
      const head = one === undefined ? await log.head(runId) : undefined;
      if (head?.status === 'unreadable' && head.owner === principal.owner) {
        throw wireErrors.RUN_UNREADABLE(runId, head.problem);
      }
      const isOwn =
        one?.run.owner === principal.owner || (head !== undefined && ownerOf(head) === principal.owner);
      const progress = one ?? (isOwn && head !== undefined ? await read(runId, head) : undefined);
      if (isOwn && progress !== undefined) return progress;
      throw head?.status === 'removed' ? wireErrors.RUN_EXPIRED(runId) : wireErrors.RUN_NOT_FOUND(runId);
    },

    async filesAt(runId, at) {
      const isEnd = (event: DurableEvent) => isEnding(event) && isOf(event, at);
      const progress = await loadRun(log, runId, { clock, until: isEnd });
      const attempt = progress === undefined ? undefined : attemptAt(progress.run, at);
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
      if (progress === undefined || attemptAt(progress.run, at)?.status !== 'running') {
        throw wireErrors.ATTEMPT_NOT_FOUND.missing({ runId, ...at });
      }
      return promptOf(progress, sentHash);
    },
  };
}

function ownerOf(head: Head): string | undefined {
  return head.status === 'live' || head.status === 'ended' ? head.summary.owner : undefined;
}

function isOf(event: AttemptPlace, { stage, attempt }: AttemptPlace): boolean {
  return event.stage === stage && event.attempt === attempt;
}

function attemptAt(run: RunState, { stage, attempt }: AttemptPlace): AttemptState | undefined {
  return run.stages.find((it) => it.stage === stage)?.attempts.find((it) => it.attempt === attempt);
}
