import { formatCursor, isDelta, mergeDeltas } from '@stagewire/shared';
import type { RunEvent } from '@stagewire/shared';
import { RunMissing, RunUnreadable } from '../log/event-log.ts';
import type { EventLog, LogEntry } from '../log/event-log.ts';
import { bytesOfEntries, bytesOfEvent, type TailBudget } from './tail-budget.ts';

/** What goes to a follower next. The same object for all that stand at the same place and see the same. */
export interface TailStep {
  readonly cursor: string;
  readonly event: RunEvent;
  /** Of the last event it stands for. */
  readonly seq: number;
  /** A delta that the next append may still add to. */
  readonly isGrowing: boolean;
}

/** Where a follower stands. */
export interface TailPosition {
  /** The seq last sent. */
  readonly sent: number;
  /** The seq last looked at: beyond `sent` by events it did not ask for. */
  readonly scanned: number;
  readonly withReasoning: boolean;
}

/** Nothing for the follower up to `scanned`; what comes after it is not there yet, or must be loaded first. */
export interface TailMiss {
  readonly scanned: number;
  readonly mustLoad: boolean;
}

/** The recent end of one run's log, and pages of its past, shared by all who follow the run. */
export interface RunTail {
  /** Resolves when `next` may be asked. @throws RunMissing, RunUnreadable */
  readonly opened: Promise<void>;
  /** The next step from a place, if it can be told from what is in memory. */
  next(position: TailPosition): TailStep | TailMiss;
  /** Brings the page with this seq into memory. @throws RunMissing, RunUnreadable, LogUnavailable */
  load(seq: number): Promise<void>;
  /** Calls `wake` at each commit; `urgent` if it has more than deltas. Returns the way to stop. */
  listen(wake: (urgent: boolean) => void): () => void;
  /** Stops watching the log. */
  close(): void;
}

export interface RunTailOptions {
  readonly runId: string;
  readonly readPage: EventLog['read'];
  /** Shared by all tails. */
  readonly room: TailBudget;
  readonly maxEntries: number;
  readonly pageEntries: number;
  /** What one page may take, in bytes of JSON. */
  readonly pageBytes: number;
  readonly maxMergedChars: number;
}

/** Pages and finished steps that are kept: followers at the same place come by within moments of each other. */
const keptPages = 4;
const keptSteps = 64;
/** Entries that a tail keeps when there is no room. */
const leastEntries = 64;
/** What a page may take then, in bytes of JSON: each followed run keeps one while its readers take nothing. */
const leastPageBytes = 128_000;

export function createRunTail(log: EventLog, options: RunTailOptions): RunTail {
  const { runId, readPage, room, maxEntries, pageEntries, pageBytes, maxMergedChars } = options;
  const wakes = new Set<(urgent: boolean) => void>();
  /** Entries without gaps, the last one the last of the log. */
  let recent: LogEntry[] = [];
  let lastSeq = 0;
  let isAside = false;
  let isClosed = false;
  /** By the seq of their first entry; a page may be shorter than the others where texts are long. */
  const pages = new Map<number, readonly LogEntry[]>();
  /** What this tail has counted in the room. */
  let heldBytes = 0;
  const loading = new Map<number, Promise<readonly LogEntry[]>>();
  /** Steps by place. One that may still grow holds until the next commit, the others for good. */
  const growingSteps = new Map<string, TailStep>();
  const settledSteps = new Map<string, TailStep>();

  const unwatch = log.watch(runId, (entries) => {
    growingSteps.clear();
    // Without an entry: the run was set aside, and whoever follows it is to hear why.
    isAside ||= entries.length === 0;
    let urgent = isAside;
    for (const entry of entries) {
      if (entry.event.seq <= lastSeq) continue;
      if (entry.event.seq !== lastSeq + 1) keepRecent([]);
      recent.push(entry);
      hold(bytesOfEvent(entry.event));
      lastSeq = entry.event.seq;
      urgent ||= !isDelta(entry.event);
    }
    // Cut seldom and much, so that a cut costs next to nothing per entry.
    if (recent.length > maxEntries * 1.25) keepRecent(recent.slice(-maxEntries));
    if (room.isFull) giveUp();
    for (const wake of wakes) wake(urgent);
  });

  const opened = log.head(runId).then((head) => {
    if (head === undefined || head.status === 'removed') throw new RunMissing(runId, 'is not in the log');
    if (head.status === 'unreadable') throw new RunUnreadable(runId, head.problem);
    if (head.position.seq <= lastSeq) return;
    // Over a network the head may be ahead of the notifications: what they have brought does not end the log.
    keepRecent([]);
    lastSeq = head.position.seq;
  });
  // Whoever follows awaits it too; but one who has left by then must not make this an unhandled rejection.
  opened.catch(() => undefined);

  function hold(bytes: number): void {
    if (isClosed) return;
    heldBytes += bytes;
    room.add(bytes);
  }

  function keepRecent(kept: LogEntry[]): void {
    hold(bytesOfEntries(kept) - bytesOfEntries(recent));
    recent = kept;
  }

  /** Gives up what can be read again. */
  function giveUp(): void {
    keepPages(0);
    keepSettled(0);
    if (recent.length > leastEntries * 1.25) keepRecent(recent.slice(-leastEntries));
  }

  function settle(key: string, step: TailStep): void {
    if (isClosed) return;
    settledSteps.set(key, step);
    hold(bytesOfEvent(step.event));
    keepSettled(room.isFull ? 1 : keptSteps);
  }

  function keepSettled(kept: number): void {
    for (const [key, step] of settledSteps) {
      if (settledSteps.size <= kept) return;
      hold(-bytesOfEvent(step.event));
      settledSteps.delete(key);
    }
  }

  function keepPages(kept: number): void {
    for (const [firstSeq, entries] of pages) {
      if (pages.size <= kept) return;
      hold(-bytesOfEntries(entries));
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

  /** Where the page of a seq begins, so that all who need it read the same one. */
  function pageOf(seq: number): number {
    return Math.floor((seq - 1) / pageEntries) * pageEntries + 1;
  }

  async function loadPage(firstSeq: number): Promise<readonly LogEntry[]> {
    const entries = await readPage(runId, {
      after: firstSeq - 1,
      limit: pageEntries,
      maxBytes: room.isFull ? Math.min(leastPageBytes, pageBytes) : pageBytes,
    });
    if (isClosed) return entries;
    hold(bytesOfEntries(entries) - bytesOfEntries(pages.get(firstSeq) ?? []));
    pages.delete(firstSeq);
    pages.set(firstSeq, entries);
    keepPages(room.isFull ? 1 : keptPages);
    return entries;
  }

  /** Resolves with whether this seq was read: in a full room the page may be given up again by then. */
  async function loadFrom(firstSeq: number, seq: number): Promise<boolean> {
    const underWay = loading.get(firstSeq) ?? loadPage(firstSeq).finally(() => loading.delete(firstSeq));
    loading.set(firstSeq, underWay);
    const { length } = await underWay;
    return seq < firstSeq + length;
  }

  function build({ sent, scanned, withReasoning }: TailPosition): TailStep | TailMiss {
    const isUnwanted = (one?: LogEntry) => one?.event.type === 'stage.reasoning' && !withReasoning;
    let seq = scanned + 1;
    let entry = entryAt(seq);
    while (isUnwanted(entry)) entry = entryAt((seq += 1));
    if (entry === undefined) return { scanned: seq - 1, mustLoad: seq <= lastSeq };
    let event: RunEvent = entry.event;
    let last = entry;
    let isGrowing = isDelta(event);
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
      }
    }
    const firstSeq = sent + 1;
    if ((event.firstSeq ?? event.seq) !== firstSeq) event = { ...event, firstSeq };
    const position = { epoch: last.epoch, seq: last.event.seq };
    return { cursor: formatCursor(runId, position), event, seq: position.seq, isGrowing };
  }

  function fits(event: RunEvent, following: RunEvent): boolean {
    return (
      isDelta(event) && isDelta(following) && event.text.length + following.text.length <= maxMergedChars
    );
  }

  return {
    opened,
    next(position) {
      if (isAside) return { scanned: position.scanned, mustLoad: true };
      const key = `${position.sent}/${position.scanned}/${position.withReasoning}`;
      const known = settledSteps.get(key) ?? growingSteps.get(key);
      if (known !== undefined) return known;
      const step = build(position);
      if ('mustLoad' in step) return step;
      if (step.isGrowing) growingSteps.set(key, step);
      else settle(key, step);
      return step;
    },
    async load(seq) {
      // Asked afresh, the log says what is damaged.
      if (isAside) keepPages(0);
      if (await loadFrom(pageOf(seq), seq)) return;
      // Its texts are long, so the page ends before this entry.
      if (seq <= lastSeq && (await loadFrom(seq, seq))) return;
      // It was there when the follower came: retention has taken the run away.
      throw new RunMissing(runId, 'is not in the log any more');
    },
    listen(wake) {
      wakes.add(wake);
      return () => void wakes.delete(wake);
    },
    close() {
      isClosed = true;
      unwatch();
      room.add(-heldBytes);
    },
  };
}
