import { summarize, type RunSummary } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';
import { LogUnavailable, type EventLog, type LogEntry } from './event-log.ts';
import type { LogImport } from './postgres/log-import.ts';
import type { StoredUsage } from './stored-usage.ts';
import type { StoredTombstone } from './sqlite-tombstones.ts';

/** A run of the source that the target has otherwise: nothing was imported, unless an earlier import has. */
export class ImportConflict extends Error {
  override readonly name = 'ImportConflict';
  readonly runId: string;

  /** @param problem As a part of a sentence. */
  constructor(runId: string, problem: string) {
    super(`${runId} ${problem}`);
    this.runId = runId;
  }
}

export interface ImportCounts {
  /** Runs of the source. */
  readonly runs: number;
  /** Runs that this import has added. */
  imported: number;
  /** Runs that were there already, with the same events. */
  present: number;
  /** Runs that were imported before and have been removed from the target since. */
  removed: number;
  /** Of the imported runs, those without an end: a node continues them. */
  live: number;
  /** Events of the imported runs. */
  events: number;
  /** Tombstones of the source. */
  tombstones: number;
  /** Counters of tokens and cost of the source: one per day, owner and currency. */
  counters: number;
}

export interface ImportLogOptions {
  readonly source: Pick<EventLog, 'list' | 'read'>;
  /** Of the source; asked twice. */
  readonly tombstones: () => Iterable<StoredTombstone>;
  /** Of the source. */
  readonly usage: StoredUsage;
  readonly target: LogImport;
  readonly clock: Clock;
  /** How long a target that does not respond is tried again, in milliseconds. @default 30000 */
  readonly patienceMs?: number;
  /** Called after each run. */
  readonly onProgress?: (counts: ImportCounts) => void;
}

const idsPerPage = 1000;
const eventsPerPage = 1000;
/** Of a page of events: what is in memory at a time. */
const bytesPerPage = 4_000_000;
const retryMs = 500;

/**
 * Copies all runs, tombstones and counters of a log, oldest run first. Each run is added whole or not at all, so that an import which was
 * interrupted is completed by another one.
 *
 * @throws ImportConflict before anything is copied. @throws LogUnavailable. @throws RunUnreadable
 */
export async function importLog(options: ImportLogOptions): Promise<ImportCounts> {
  const { source, tombstones, usage, target, onProgress = () => undefined } = options;
  const runIds = await allRuns(source);
  const counts: ImportCounts = {
    runs: runIds.length,
    imported: 0,
    present: 0,
    removed: 0,
    live: 0,
    events: 0,
    tombstones: 0,
    counters: 0,
  };
  const known = await refuseConflicts(options, runIds);
  // Before the runs, which nodes may continue at once, within the limits of their owners.
  for (const rows of pagesOf(usage.rows, idsPerPage)) {
    await persistently(options, () => target.addUsage(usage.logId, rows));
    counts.counters += rows.length;
  }
  for (const runId of runIds) {
    const found = known.get(runId);
    if (found !== undefined) counts[found] += 1;
    else await importRun(runId, counts);
    onProgress(counts);
  }
  for (const page of pagesOf(tombstones(), idsPerPage)) {
    await persistently(options, () => target.addTombstones(page));
    counts.tombstones += page.length;
    onProgress(counts);
  }
  return counts;

  async function importRun(runId: string, to: ImportCounts): Promise<void> {
    const summary = await summaryOf(source, runId);
    let events = 0;
    async function* pages() {
      events = 0;
      for await (const page of eventsOf(source, runId)) {
        events += page.length;
        yield page;
      }
    }
    const isAdded = await persistently(options, () => target.addRun(pages(), summary));
    // It is there: the response of an attempt was lost, or another program has started a run with this id meanwhile.
    if (!isAdded) await expectSame(options, runId);
    to.imported += 1;
    to.events += events;
    if (summary.status === 'queued' || summary.status === 'running') to.live += 1;
  }
}

/** The ids of all runs, oldest first. */
async function allRuns(source: Pick<EventLog, 'list'>): Promise<readonly string[]> {
  const ids: string[] = [];
  let before: { readonly queuedAt: string; readonly runId: string } | undefined;
  do {
    const page = await source.list({ limit: idsPerPage, ...(before === undefined ? {} : { before }) });
    ids.push(...page.map(({ runId }) => runId));
    before = page.length < idsPerPage ? undefined : page.at(-1);
  } while (before !== undefined);
  return ids.toReversed();
}

/** @returns what the target has of the source already. @throws ImportConflict */
async function refuseConflicts(
  options: ImportLogOptions,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, 'present' | 'removed'>> {
  const { target, tombstones } = options;
  const known = new Map<string, 'present' | 'removed'>();
  for (const page of pagesOf(runIds, idsPerPage)) {
    const found = await persistently(options, () => target.find(page));
    for (const [runId, status] of found) {
      if (status === 'present') await expectSame(options, runId);
      known.set(runId, status);
    }
  }
  for (const page of pagesOf(tombstones(), idsPerPage)) {
    const ids = page.map(({ runId }) => runId);
    const found = await persistently(options, () => target.find(ids));
    const there = ids.find((runId) => found.get(runId) === 'present');
    if (there !== undefined)
      throw new ImportConflict(there, 'was removed from this log, and the database has it');
  }
  return known;
}

/** A run that was imported may have continued: it begins with the events of the source. @throws ImportConflict */
async function expectSame(options: ImportLogOptions, runId: string): Promise<void> {
  for await (const page of eventsOf(options.source, runId)) {
    if (await persistently(options, () => options.target.hasEvents(runId, page))) continue;
    throw new ImportConflict(runId, 'is in the database already, with other events');
  }
}

async function* eventsOf(
  source: Pick<EventLog, 'read'>,
  runId: string,
): AsyncGenerator<readonly LogEntry[], void> {
  let after = 0;
  for (;;) {
    const page = await source.read(runId, { after, limit: eventsPerPage, maxBytes: bytesPerPage });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.event.seq;
  }
}

async function summaryOf(source: Pick<EventLog, 'read'>, runId: string): Promise<RunSummary> {
  let summary: RunSummary | undefined;
  for await (const page of eventsOf(source, runId)) {
    for (const { event } of page) summary = summarize(summary, event);
  }
  if (summary === undefined) throw new RangeError(`${runId} has no events`);
  return summary;
}

/** Tries again while the target does not respond. */
async function persistently<T>(
  { clock, patienceMs = 30_000 }: ImportLogOptions,
  work: () => Promise<T>,
): Promise<T> {
  const deadlineMs = clock.elapsed() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LogUnavailable) || clock.elapsed() >= deadlineMs) throw error;
    }
    await wait(clock, retryMs);
  }
}

function* pagesOf<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let page: T[] = [];
  for (const item of items) {
    page.push(item);
    if (page.length < size) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
