import { codeOf, isEnded } from '@stagewire/client';
import type { ListInput, RunSummary, Stagewire } from '@stagewire/client';

/** The runs of a selection: those that can be deleted, and the number of the others, which have not ended. */
export interface DeletableRuns {
  readonly runs: readonly RunSummary[];
  readonly liveCount: number;
  /** There are more than `maxRuns`. */
  readonly isCut: boolean;
}

export interface FindDeletableOptions {
  readonly input: ListInput;
  readonly signal: AbortSignal;
  /** The number of runs that are deleted at once at most. @default 5000 */
  readonly maxRuns?: number;
}

/** Reads all pages of a selection. */
export async function findDeletable(
  stagewire: Stagewire,
  { input, signal, maxRuns = 5000 }: FindDeletableOptions,
): Promise<DeletableRuns> {
  const runs: RunSummary[] = [];
  let liveCount = 0;
  let before: string | undefined;
  do {
    const page = await stagewire.list({ ...input, limit: 200, before }, { signal });
    for (const run of page.items) {
      if (isEnded(run) || run.status === 'unreadable') runs.push(run);
      else liveCount += 1;
    }
    before = page.next;
  } while (before !== undefined && runs.length < maxRuns);
  return { runs: runs.slice(0, maxRuns), liveCount, isCut: before !== undefined || runs.length > maxRuns };
}

/** A run that could not be deleted, and why. */
export interface DeleteFailure {
  readonly run: RunSummary;
  readonly reason: string;
}

export interface DeleteManyOptions {
  readonly deleteRun: (runId: string) => Promise<unknown>;
  /** Called after each run. */
  readonly onProgress: (deleted: number, failures: readonly DeleteFailure[]) => void;
  /** Stops before the next run. */
  readonly signal: AbortSignal;
  /** The number of requests at a time. @default 4 */
  readonly concurrency?: number;
}

/** Deletes runs, and continues after a failure. */
export async function deleteMany(runs: readonly RunSummary[], options: DeleteManyOptions): Promise<void> {
  const { deleteRun, onProgress, signal, concurrency = 4 } = options;
  const failures: DeleteFailure[] = [];
  let deleted = 0;
  let next = 0;
  const work = async () => {
    for (;;) {
      const run = runs[next];
      if (run === undefined || signal.aborted) return;
      next += 1;
      try {
        await deleteRun(run.runId);
        deleted += 1;
      } catch (error) {
        // Removed by retention in the meantime.
        if (codeOf(error) === 'RUN_EXPIRED') deleted += 1;
        else failures.push({ run, reason: error instanceof Error ? error.message : String(error) });
      }
      onProgress(deleted, [...failures]);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
