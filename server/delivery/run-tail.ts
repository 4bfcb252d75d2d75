import { formatCursor, isDelta, isTerminal, mergeDeltas } from '@stagewire/shared';
import type { RunEvent } from '@stagewire/shared';
import { RunMissing, RunUnreadable } from '../log/event-log.ts';
import type { EventLog, LogEntry } from '../log/event-log.ts';
import { LogForked } from '../log/log-forked.ts';
import type { CommitListener } from './commit-listener.ts';
import { createStepCache } from './step-cache.ts';
import type { TailPending, TailPosition, TailStep } from './tail-step.ts';
import { bytesOfEntries, bytesOfEvent, type TailBudget } from './tail-budget.ts';

/** The recent end of one run's log, and cached pages of its past, shared by all its subscribers. */
export interface RunTail {
  /** Resolves when `next` may be called. @throws RunMissing, RunUnreadable */
  readonly opened: Promise<void>;
  /** The next step from a position, if it is in memory. @throws LogForked */
  next(position: TailPosition): TailStep | TailPending;
  /** Loads the page with this seq. @throws RunMissing, RunUnreadable, LogUnavailable, LogForked */
  load(seq: number): Promise<void>;
  /** Has the run ended, with no event after this seq? Links to it may still be created. @throws LogForked */
  isOverAt(seq: number): boolean;
  /** Is there no event after this seq, and has the run not ended? */
  isLiveAt(seq: number): boolean;
  /** Notifies the listener of each commit until `unlisten`. */
  listen(listener: CommitListener): void;
  unlisten(listener: CommitListener): void;
  /** The log has lost events after this global position: what was read from this tail is not continued. */
  fork(lastKept: number): void;
  /** Stops watching the log. */
  close(): void;
}

export interface RunTailOptions {
  readonly runId: string;
  readonly readPage: EventLog['read'];
  /** Shared by all tails. */
  readonly budget: TailBudget;
  readonly maxEntries: number;
  readonly pageEntries: number;
  /** Size of one page, in bytes of JSON. */
  readonly pageBytes: number;
  readonly maxMergedChars: number;
}

/** Cached pages and final steps: subscribers at the same position request them within moments of each other. */
const maxCachedPages = 4;
const maxCachedSteps = 64;
/** Entries that a tail keeps when the budget is exhausted. */
const minEntries = 64;
/** Size of a page then, in bytes of JSON: each run keeps one while its subscribers do not read. */
const minPageBytes = 128_000;

export function createRunTail(log: EventLog, options: RunTailOptions): RunTail {
  const { runId, readPage, budget, maxEntries, pageEntries, pageBytes, maxMergedChars } = options;
  const listeners = new Set<CommitListener>();
  /** Contiguous entries up to the end of the log. */
  let recent: LogEntry[] = [];
  let lastSeq = 0;
  let hasEnded = false;
  let isUnreadable = false;
  let isClosed = false;
  let forked: LogForked | undefined;
  /** By the seq of their first entry; a page has fewer entries where texts are long. */
  const pages = new Map<number, readonly LogEntry[]>();
  /** Bytes of this tail that are charged to the budget. */
  let chargedBytes = 0;
  const loading = new Map<number, Promise<readonly LogEntry[]>>();
  const steps = createStepCache(charge);

  const unwatch = log.watch(runId, (entries) => {
    steps.dropGrowing();
    // No entries: the run was marked unreadable or deleted, and its subscribers must get the reason.
    if (entries.length === 0) invalidate();
    let urgent = isUnreadable;
    for (const entry of entries) {
      if (entry.event.seq <= lastSeq) continue;
      if (entry.event.seq !== lastSeq + 1) {
        keepRecent([]);
        void lookForEnd();
      }
      hasEnded ||= isTerminal(entry.event);
      recent.push(entry);
      charge(bytesOfEvent(entry.event));
      lastSeq = entry.event.seq;
      urgent ||= !isDelta(entry.event);
    }
    // Trimmed rarely and by a large part, so that the cost per entry is negligible.
    if (recent.length > maxEntries * 1.25) keepRecent(recent.slice(-maxEntries));
    if (budget.isFull) evict();
    for (const listener of listeners) listener.onCommit(urgent);
  });

  const opened = log.head(runId).then((head) => {
    if (head === undefined || head.status === 'removed') throw new RunMissing(runId, 'is not in the log');
    if (head.status === 'unreadable') throw new RunUnreadable(runId, head.problem);
    hasEnded ||= head.status === 'ended';
    if (head.position.seq <= lastSeq) return;
    // Over a network the head may be ahead of the notifications: the entries received so far do not reach the
    // end of the log.
    keepRecent([]);
    lastSeq = head.position.seq;
  });
  // Every subscriber awaits it too; but after one has left, a failure must not be an unhandled rejection.
  opened.catch(() => undefined);

  /** The terminal event may be among the entries whose notification was omitted. */
  async function lookForEnd(): Promise<void> {
    const head = await log.head(runId).catch(() => undefined);
    if (head?.status !== 'ended' || head.position.seq > lastSeq) return;
    hasEnded = true;
    for (const listener of listeners) listener.onCommit(true);
  }

  function rejectForked(): void {
    if (forked !== undefined) throw forked;
  }

  function charge(bytes: number): void {
    if (isClosed) return;
    chargedBytes += bytes;
    budget.add(bytes);
  }

  function keepRecent(kept: LogEntry[]): void {
    charge(bytesOfEntries(kept) - bytesOfEntries(recent));
    recent = kept;
  }

  /** Nothing that is in memory is sent any more; read again, the log reports why. */
  function invalidate(): void {
    isUnreadable = true;
    keepPages(0);
    steps.dropFinal();
    keepRecent([]);
  }

  /** Evicts what can be read again. */
  function evict(): void {
    keepPages(0);
    steps.dropFinal();
    if (recent.length > minEntries * 1.25) keepRecent(recent.slice(-minEntries));
  }

  function keepPages(kept: number): void {
    for (const [firstSeq, entries] of pages) {
      if (pages.size <= kept) return;
      charge(-bytesOfEntries(entries));
      pages.delete(firstSeq);
    }
  }

  function entryAt(seq: number): LogEntry | undefined {
    const firstSeq = lastSeq - recent.length + 1;
    if (seq >= firstSeq) return recent[seq - firstSeq];
    for (const [first, entries] of pages) {
      if (seq >= first && seq < first + entries.length) return entries[seq - first];
    }
    return undefined;
  }

  /** The first seq of the page with a seq, so that all subscribers share the page. */
  function pageOf(seq: number): number {
    return Math.floor((seq - 1) / pageEntries) * pageEntries + 1;
  }

  async function loadPage(firstSeq: number): Promise<readonly LogEntry[]> {
    const entries = await readPage(runId, {
      after: firstSeq - 1,
      limit: pageEntries,
      maxBytes: budget.isFull ? Math.min(minPageBytes, pageBytes) : pageBytes,
    });
    if (isClosed) return entries;
    charge(bytesOfEntries(entries) - bytesOfEntries(pages.get(firstSeq) ?? []));
    pages.delete(firstSeq);
    pages.set(firstSeq, entries);
    keepPages(budget.isFull ? 1 : maxCachedPages);
    return entries;
  }

  /** Resolves with whether this seq was read: if the budget is exhausted, the page may be evicted again by then. */
  async function loadFrom(firstSeq: number, seq: number): Promise<boolean> {
    const underWay = loading.get(firstSeq) ?? loadPage(firstSeq).finally(() => loading.delete(firstSeq));
    loading.set(firstSeq, underWay);
    const { length } = await underWay;
    return seq < firstSeq + length;
  }

  function build({ sent, scanned, withReasoning }: TailPosition): TailStep | TailPending {
    const isUnwanted = (one?: LogEntry) => one?.event.type === 'stage.reasoning' && !withReasoning;
    let seq = scanned + 1;
    let entry = entryAt(seq);
    while (isUnwanted(entry)) entry = entryAt((seq += 1));
    if (entry === undefined) return { scanned: seq - 1, mustLoad: seq <= lastSeq };
    let event: RunEvent = entry.event;
    let last = entry;
    let isGrowing = isDelta(event);
    let mergedDeltas = 0;
    while (isGrowing) {
      const following = entryAt((seq += 1));
      if (following === undefined) {
        isGrowing = seq > lastSeq;
        break;
      }
      if (isUnwanted(following)) continue;
      const merged: RunEvent | undefined = fits(event, following.event)
        ? mergeDeltas(event, following.event)
        : undefined;
      if (merged === undefined) isGrowing = false;
      else {
        event = merged;
        last = following;
        mergedDeltas += 1;
      }
    }
    const firstSeq = sent + 1;
    if ((event.firstSeq ?? event.seq) !== firstSeq) event = { ...event, firstSeq };
    const position = { epoch: last.epoch, seq: last.event.seq, at: last.event.at };
    return {
      cursor: formatCursor(runId, position),
      event,
      seq: position.seq,
      isGrowing,
      merged: mergedDeltas,
    };
  }

  function fits(event: RunEvent, following: RunEvent): boolean {
    return (
      isDelta(event) && isDelta(following) && event.text.length + following.text.length <= maxMergedChars
    );
  }

  return {
    opened,
    next(position) {
      rejectForked();
      if (isUnreadable) return { scanned: position.scanned, mustLoad: true };
      const cached = steps.find(position);
      if (cached !== undefined) return cached;
      const step = build(position);
      if (!('mustLoad' in step) && !isClosed) steps.keep(position, step, budget.isFull ? 1 : maxCachedSteps);
      return step;
    },
    async load(seq) {
      // Read again, the log reports the damage.
      if (isUnreadable) keepPages(0);
      const isRead = await loadFrom(pageOf(seq), seq);
      rejectForked();
      if (isRead) return;
      // Its texts are long, so the page ends before this entry.
      if (seq <= lastSeq && (await loadFrom(seq, seq))) return;
      // The run existed when the subscription started: it was deleted, or retention has removed it.
      throw new RunMissing(runId, 'is not in the log any more');
    },
    isOverAt(seq) {
      rejectForked();
      return hasEnded && seq >= lastSeq;
    },
    isLiveAt(seq) {
      return !hasEnded && seq >= lastSeq;
    },
    listen(listener) {
      listeners.add(listener);
    },
    unlisten(listener) {
      listeners.delete(listener);
    },
    fork(lastKept) {
      forked = new LogForked(lastKept);
      for (const listener of listeners) listener.onCommit(true);
    },
    close() {
      isClosed = true;
      unwatch();
      budget.add(-chargedBytes);
    },
  };
}
