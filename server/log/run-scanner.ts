import type { RunSummary } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { EventLog, ListPage, ListQuery } from './event-log.ts';
import type { LogStorage } from './log-storage.ts';

export interface RunScannerOptions {
  readonly clock: Clock;
  readonly list: LogStorage['list'];
  /**
   * Runs that a scan looks at before it yields to the event loop, at most: about a millisecond. Fewer for several words,
   * and after a step that took longer than `stepMs`. @default 1000
   */
  readonly runsPerTurn?: number;
  /** Runs that `listPage` looks at. @default 100000 */
  readonly runsPerPage?: number;
  /** The intended time of a step, in milliseconds. @default 2 */
  readonly stepMs?: number;
}

/** How many steps `listPage` takes at most where steps of `runsPerTurn` runs would need one: it then returns what it has. */
const stepsPerTurnsWorth = 2;

/** Lists runs by conditions that few of very many runs may meet, without blocking the event loop. */
export type RunScanner = Pick<EventLog, 'list' | 'listPage'>;

export function createRunScanner(options: RunScannerOptions): RunScanner {
  const { clock, list, runsPerTurn = 1000, runsPerPage = 100_000, stepMs = 2 } = options;
  // One step per turn, however many scans there are: together they would block the event loop again.
  const steps = createSerialQueue({ turnOf: clock });
  const mostSteps = stepsPerTurnsWorth * Math.ceil(runsPerPage / runsPerTurn);

  async function scan(
    query: ListQuery,
    limit: { readonly runs: number; readonly steps: number; readonly signal?: AbortSignal | undefined },
  ): Promise<ListPage> {
    const { signal } = limit;
    const runs: RunSummary[] = [];
    let next = query.before;
    let scanned = 0;
    // Each word is looked for in the text of each run.
    let count = Math.max(1, Math.floor(runsPerTurn / Math.max(1, query.search?.length ?? 0)));

    function step(): Promise<ListPage> {
      // It may have been aborted while the steps of others were taken.
      if (signal?.aborted === true)
        return Promise.resolve(next === undefined ? { runs: [] } : { runs: [], next });
      const rest = {
        ...query,
        limit: query.limit - runs.length,
        ...(next === undefined ? {} : { before: next }),
      };
      const startedMs = clock.elapsed();
      const page = list(rest, count);
      scanned += count;
      count = nextCount(count, clock.elapsed() - startedMs);
      return Promise.resolve(page);
    }

    const isDone = (steps: number) =>
      steps >= limit.steps || scanned >= limit.runs || signal?.aborted === true;
    for (let stepNumber = 0; !isDone(stepNumber); stepNumber += 1) {
      count = Math.min(count, limit.runs - scanned);
      // A list without a condition reads only its page.
      const page = await (isScan(query) || stepNumber > 0 ? steps.post(() => step()) : step());
      runs.push(...page.runs);
      ({ next } = page);
      if (next === undefined) return { runs };
    }
    return next === undefined ? { runs } : { runs, next };
  }

  /** The size of texts differs: fewer runs after a step that was long, more after a short one. */
  function nextCount(count: number, tookMs: number): number {
    if (tookMs > stepMs) return Math.max(1, Math.floor((count * stepMs) / tookMs));
    return tookMs < stepMs / 2 ? Math.min(runsPerTurn, count * 2) : count;
  }

  return {
    list: async (query) => (await scan(query, { runs: Infinity, steps: Infinity })).runs,
    listPage: (query, signal) => scan(query, { runs: runsPerPage, steps: mostSteps, signal }),
  };
}

function isScan({ status, labels, search }: ListQuery): boolean {
  return status !== undefined || labels !== undefined || search !== undefined;
}
