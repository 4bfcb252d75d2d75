import { isDelta } from '@stagewire/shared';
import type { RunSummary } from '@stagewire/shared';
import { hasWords, searchedText } from '@stagewire/shared/text/search';
import type { Clock } from '../runtime/clock.ts';
import type {
  DeletionEntry,
  EventLog,
  GlobalEntry,
  ListPage,
  ListPosition,
  ListQuery,
  LogEntry,
  Tombstone,
} from './event-log.ts';
import { sumOfUsage, type AddedUsage } from './day-usage.ts';
import { firstAfter } from './first-after.ts';
import type { FlushReport } from './flush-monitor.ts';
import { createGroupCommitLog } from './group-commit.ts';
import { createIncarnations, nextIncarnation } from './incarnations.ts';
import type { LogStorage } from './log-storage.ts';
import { measureStorage } from './measured-storage.ts';
import { isEnded } from '@stagewire/shared';

export interface MemoryLogOptions {
  readonly clock: Clock;
  /** Called after each flush. @default nothing is measured */
  readonly onFlush?: ((report: FlushReport) => void) | undefined;
}

/** A log in memory, lost with its process: for tests, the simulation, and servers without persistence. */
export function createMemoryLog(options: MemoryLogOptions): EventLog {
  const storage = measureStorage(createMemoryStorage(options), options);
  return createGroupCommitLog({ clock: options.clock, storage });
}

interface StoredRun {
  readonly entries: LogEntry[];
  summary: RunSummary;
  bytes: number;
  /** The text that a search looks at. */
  readonly searched: string;
}

/** The storage of a log in memory. */
export function createMemoryStorage({ clock }: MemoryLogOptions): LogStorage {
  const incarnations = createIncarnations([{ incarnation: nextIncarnation(0, clock.now()), forkedAfter: 0 }]);
  const runs = new Map<string, StoredRun>();
  /** Oldest queued first. */
  const inOrder: StoredRun[] = [];
  const removed = new Map<string, Tombstone>();
  const usage = new Map<string, AddedUsage>();
  let all: GlobalEntry[] = [];
  let globalPosition = 0;
  /** The operations that undo the transaction's writes, newest last. */
  let undo: (() => void)[] = [];

  function undoTo(length: number): void {
    while (undo.length > length) undo.pop()?.();
  }

  function forgetRun(runId: string): void {
    const run = runs.get(runId);
    if (run !== undefined) inOrder.splice(placeOf(inOrder, run.summary), 1);
    runs.delete(runId);
  }

  function forget(runId: string): void {
    forgetRun(runId);
    all = all.filter(({ event }) => event.runId !== runId);
  }

  /** As an index would find them, a run that is asked for by its id is the only one that is looked at. */
  function candidates({ runId }: ListQuery): readonly StoredRun[] {
    if (runId === undefined) return inOrder;
    const run = runs.get(runId);
    return run === undefined ? [] : [run];
  }

  return {
    begin() {
      undo = [];
    },
    commit: () => undefined,
    rollback() {
      undoTo(0);
    },
    savepoint(work) {
      const mark = undo.length;
      try {
        return work();
      } catch (error) {
        undoTo(mark);
        throw error;
      }
    },
    index(summary) {
      const run = runs.get(summary.runId);
      if (run === undefined) {
        const added = { entries: [], summary, bytes: 0, searched: searchedText(summary) };
        runs.set(summary.runId, added);
        inOrder.splice(placeOf(inOrder, summary), 0, added);
        undo.push(() => forgetRun(summary.runId));
      } else {
        const before = run.summary;
        run.summary = summary;
        undo.push(() => (run.summary = before));
      }
    },
    add(epoch, event) {
      const run = runs.get(event.runId);
      if (run === undefined) throw new Error(`${event.runId} is not in the index`);
      globalPosition += 1;
      const entry = { epoch, globalPosition, event };
      const bytes = bytesOf(event);
      run.bytes += bytes;
      run.entries.push(entry);
      all.push(entry);
      undo.push(() => {
        run.entries.pop();
        run.bytes -= bytes;
        all.pop();
        globalPosition -= 1;
      });
      return { globalPosition, bytes };
    },
    addUsage(added) {
      const key = JSON.stringify([added.day, added.owner, added.currency]);
      const before = usage.get(key);
      const { tokens, costs } = sumOfUsage(before === undefined ? [added] : [before, added]);
      usage.set(key, { ...added, tokens, cost: costs[added.currency] ?? '0' });
      undo.push(() => (before === undefined ? usage.delete(key) : usage.set(key, before)));
    },
    usageOfDay: (day, owner) =>
      sumOfUsage(
        [...usage.values()].filter((it) => it.day === day && (owner === undefined || it.owner === owner)),
      ),
    seal: () => undefined,
    tip(runId) {
      const run = runs.get(runId);
      const last = run?.entries.at(-1);
      if (run === undefined || last === undefined) return removed.has(runId) ? 'removed' : undefined;
      const { epoch, globalPosition: lastGlobalPosition, event } = last;
      const { summary, bytes } = run;
      return { position: { epoch, seq: event.seq }, globalPosition: lastGlobalPosition, summary, bytes };
    },
    read: (runId, { after, limit, maxBytes }) => {
      const entries = runs.get(runId)?.entries.slice(after, after + limit) ?? [];
      if (maxBytes === undefined) return entries;
      let bytes = 0;
      const end = entries.findIndex(({ event }, index) => (bytes += bytesOf(event)) > maxBytes && index > 0);
      return end === -1 ? entries : entries.slice(0, end);
    },
    at: (runId, seq) => runs.get(runId)?.entries[seq - 1],
    readAll({ after, limit, deltas, maxBytes = Infinity }) {
      const page: GlobalEntry[] = [];
      let bytes = 0;
      for (let index = firstAfter(all, after); index < all.length && page.length < limit; index += 1) {
        const entry = all[index];
        if (entry === undefined || (!deltas && isDelta(entry.event))) continue;
        bytes += bytesOf(entry.event);
        if (bytes > maxBytes && page.length > 0) break;
        page.push(entry);
      }
      return page;
    },
    lastGlobalPosition: () => globalPosition,
    incarnations,
    list: (query, maxScanned) => listed(candidates(query), query, maxScanned),
    liveRuns: () =>
      inOrder
        .map((run) => run.summary)
        .filter(({ status }) => status === 'queued' || status === 'running')
        .map((summary) => summary.runId),
    endedRuns: ({ limit, after }) =>
      inOrder
        .map((run) => run.summary)
        .filter((summary) => isEnded(summary) && (after === undefined || compare(summary, after) > 0))
        .slice(0, limit),
    setAside(runId, problem) {
      const run = runs.get(runId);
      if (run !== undefined) run.summary = { ...run.summary, status: 'unreadable', problem, current: null };
    },
    tombstone: (runId) => removed.get(runId),
    ownerOf: (runId) => runs.get(runId)?.summary.owner ?? removed.get(runId)?.owner,
    usedBytes: () => [...runs.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    purge: () => false,
    erase: () => Promise.resolve(true),
    remove(runId) {
      const owner = runs.get(runId)?.summary.owner ?? '';
      forget(runId);
      removed.set(runId, { owner });
    },
    delete(deletion) {
      const { owner, event } = deletion;
      forget(event.runId);
      globalPosition += 1;
      const entry: DeletionEntry = { ...deletion, globalPosition };
      removed.set(event.runId, { owner, deletion: { owner, actor: event.actor, at: event.at } });
      all.push(entry);
      return entry;
    },
    probe: () => undefined,
    close: () => undefined,
  };
}

/** Approximate memory of an event's objects and strings; most events are deltas, and their text is the smaller part. */
function bytesOf(event: GlobalEntry['event']): number {
  return isDelta(event) ? 300 + event.text.length : JSON.stringify(event).length * 2;
}

function listed(inOrder: readonly StoredRun[], query: ListQuery, maxScanned: number): ListPage {
  const { runId, status, before, search = [] } = query;
  const owners = query.owners && new Set(query.owners);
  const labels = Object.entries(query.labels ?? {});
  const runs: RunSummary[] = [];
  if (owners?.size === 0) return { runs };
  let index = before === undefined ? inOrder.length : placeOf(inOrder, before);
  /** Where the scan is, for the client: no run of another owner. */
  let last: RunSummary | undefined;
  for (let scanned = 0; index > 0 && scanned < maxScanned && runs.length < query.limit;) {
    index -= 1;
    const { summary, searched } = inOrder[index] ?? {};
    if (summary === undefined || searched === undefined) continue;
    if (owners !== undefined && !owners.has(summary.owner)) continue;
    scanned += 1;
    last = summary;
    const matches =
      (runId === undefined || summary.runId === runId) &&
      (status === undefined || status.includes(summary.status)) &&
      labels.every(([label, value]) => summary.labels[label] === value) &&
      hasWords({ searched, runId: summary.runId }, search);
    if (matches) runs.push(summary);
  }
  if (index === 0 || runs.length >= query.limit || last === undefined) return { runs };
  return { runs, next: { queuedAt: last.queuedAt, runId: last.runId } };
}

/** The index of the first run that is not before a position: that of the run itself, if it is there. */
function placeOf(inOrder: readonly StoredRun[], position: ListPosition): number {
  let low = 0;
  let high = inOrder.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const run = inOrder[middle];
    if (run !== undefined && compare(run.summary, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(one: ListPosition, other: ListPosition): number {
  if (one.queuedAt !== other.queuedAt) return one.queuedAt < other.queuedAt ? -1 : 1;
  if (one.runId === other.runId) return 0;
  return one.runId < other.runId ? -1 : 1;
}
