import { codeOf, type DeleteReceipt, type Stagewire } from '@stagewire/client';
import { asError } from '@stagewire/shared/caught-error';
import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';

export interface DeleteRunsOptions {
  readonly clock: Clock;
  /** Cancels runs that have not ended, and waits for their end. @default a run that has not ended is a failure */
  readonly cancel?: boolean;
  /** How long to wait for the end of a cancelled run, in milliseconds. @default 10000 */
  readonly patienceMs?: number;
  /** Deletions in flight. @default 8 */
  readonly concurrency?: number;
  /** Starts no further deletion once it is aborted. */
  readonly signal?: AbortSignal;
  /** Called after each run. */
  readonly onResult?: (result: DeletionResult) => Promise<void>;
}

/** The outcome for one run. */
export interface DeletionResult {
  readonly runId: string;
  /** `gone`: it does not exist any more, or retention has removed it. */
  readonly outcome: 'deleted' | 'gone' | 'failed';
  /** If it was deleted, now or before. */
  readonly receipt?: DeleteReceipt;
  /** If it was not. */
  readonly error?: Error;
}

const noResponse: ReadonlySet<string | undefined> = new Set(['UNREACHABLE', 'OUTCOME_UNKNOWN']);

/** Whether it is of a call that the server has not answered before its timeout. */
export function hasNoResponse(error: unknown): boolean {
  return noResponse.has(codeOf(error));
}

/**
 * The results in the order of the runs; without those that were not started before the abort, or before the server did not
 * respond any more: thousands of runs would each wait for a timeout.
 */
export async function deleteRuns(
  client: Stagewire,
  runIds: readonly string[],
  options: DeleteRunsOptions,
): Promise<readonly DeletionResult[]> {
  const { clock, cancel = false, patienceMs = 10_000, concurrency = 8, signal, onResult } = options;
  const results: (DeletionResult | undefined)[] = [];
  let next = 0;
  let isServerGone = false;

  async function deleteOne(runId: string): Promise<DeletionResult> {
    let isCancelled = false;
    const untilMs = clock.elapsed() + patienceMs;
    for (let waitMs = 20; ; waitMs = Math.min(500, waitMs * 2)) {
      try {
        return { runId, outcome: 'deleted', receipt: await client.delete(runId) };
      } catch (error) {
        if (codeOf(error) === 'RUN_EXPIRED') return { runId, outcome: 'gone', error: asError(error) };
        const mayEnd = cancel && codeOf(error) === 'RUN_NOT_ENDED' && clock.elapsed() < untilMs;
        if (!mayEnd) return { runId, outcome: 'failed', error: asError(error) };
        // A rejection is reported by the next attempt to delete the run.
        if (!isCancelled)
          await client
            .run(runId)
            .cancel({ reason: 'It will be deleted.' })
            .catch(() => undefined);
        isCancelled = true;
        await wait(clock, waitMs);
      }
    }
  }

  async function work(): Promise<void> {
    for (;;) {
      const index = next;
      if (index >= runIds.length || signal?.aborted === true || isServerGone) return;
      next += 1;
      const result = await deleteOne(runIds[index] ?? '');
      results[index] = result;
      isServerGone ||= hasNoResponse(result.error);
      await onResult?.(result);
    }
  }

  await Promise.all(Array.from({ length: Math.min(concurrency, runIds.length) }, work));
  return results.filter((result) => result !== undefined);
}
