import type { RunSummary } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { EventLog, ListPage, ListQuery } from './event-log.ts';
import type { LogStorage } from './log-storage.ts';

export interface RunScannerOptions {
  readonly clock: Clock;
  readonly list: LogStorage['list'];
  /** Runs that a scan looks at before it yields to the event loop: about a millisecond. @default 1000 */
  readonly runsPerTurn?: number;
  /** Runs that `listPage` looks at. @default 100000 */
  readonly runsPerPage?: number;
}

/** Lists runs by conditions that few of very many runs may meet, without blocking the event loop. */
export type RunScanner = Pick<EventLog, 'list' | 'listPage'>;

export function createRunScanner(options: RunScannerOptions): RunScanner {
  const { clock, list, runsPerTurn = 1000, runsPerPage = 100_000 } = options;
  // One step per turn, however many scans there are: together they would block the event loop again.
  const steps = createSerialQueue({ turnOf: clock });

  async function scan(query: ListQuery, mostScanned: number): Promise<ListPage> {
    const first = list(query, Math.min(runsPerTurn, mostScanned));
    const runs: RunSummary[] = [...first.runs];
    let { next } = first;
    for (let scanned = runsPerTurn; next !== undefined && scanned < mostScanned; scanned += runsPerTurn) {
      const rest = { ...query, before: next, limit: query.limit - runs.length };
      const page = await steps.post(() => Promise.resolve(list(rest, runsPerTurn)));
      runs.push(...page.runs);
      ({ next } = page);
    }
    return next === undefined ? { runs } : { runs, next };
  }

  return {
    list: async (query) => (await scan(query, Infinity)).runs,
    listPage: (query) => scan(query, runsPerPage),
  };
}
