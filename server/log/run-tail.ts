import { formatCursor, isDelta, mergeDeltas } from '@stagewire/shared';
import type { RunEvent } from '@stagewire/shared';
import { RunMissing, RunUnreadable } from './event-log.ts';
import type { EventLog, LogEntry } from './event-log.ts';

/** What goes to a follower next. The same object for all that stand at the same place and see the same. */
export interface Step {
  readonly cursor: string;
  readonly event: RunEvent;
  /** Of the last event it stands for. */
  readonly seq: number;
  /** A delta that the next append may still add to. */
  readonly isGrowing: boolean;
}

/** Where a follower stands. */
export interface Place {
  /** The seq last sent. */
  readonly sent: number;
  /** The seq last looked at: beyond `sent` by events it did not ask for. */
  readonly scanned: number;
  readonly withReasoning: boolean;
}

/** Nothing for the follower up to `scanned`; what comes after it is not there yet, or must be loaded first. */
export interface Miss {
  readonly scanned: number;
  readonly mustLoad: boolean;
}

/** The recent end of one run's log, and pages of its past, shared by all who follow the run. */
export interface RunTail {
  /** Resolves when `next` may be asked. @throws RunMissing, RunUnreadable */
  readonly opened: Promise<void>;
  /** The next step from a place, if it can be told from what is in memory. */
  next(place: Place): Step | Miss;
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
  readonly maxEntries: number;
  readonly pageEntries: number;
  readonly maxMergedChars: number;
}

/** Pages and finished steps that are kept: followers at the same place come by within moments of each other. */
const keptPages = 4;
const keptSteps = 64;

export function createRunTail(log: EventLog, options: RunTailOptions): RunTail {
  const { runId, readPage, maxEntries, pageEntries, maxMergedChars } = options;
  const wakes = new Set<(urgent: boolean) => void>();
  /** Entries without gaps, the last one the last of the log. */
  let recent: LogEntry[] = [];
  let lastSeq = 0;
  let isAside = false;
  const pages = new Map<number, readonly LogEntry[]>();
  const loading = new Map<number, Promise<void>>();
  /** Steps by place. One that may still grow holds until the next commit, the others for good. */
  const growingSteps = new Map<string, Step>();
  const settledSteps = new Map<string, Step>();

  const unwatch = log.watch(runId, (entries) => {
    growingSteps.clear();
    // Without an entry: the run was set aside, and whoever follows it is to hear why.
    isAside ||= entries.length === 0;
    let urgent = isAside;
    for (const entry of entries) {
      if (entry.event.seq <= lastSeq) continue;
      if (entry.event.seq !== lastSeq + 1) recent = [];
      recent.push(entry);
      lastSeq = entry.event.seq;
      urgent ||= !isDelta(entry.event);
    }
    // Cut seldom and much, so that a cut costs next to nothing per entry.
    if (recent.length > maxEntries * 1.25) recent = recent.slice(-maxEntries);
    for (const wake of wakes) wake(urgent);
  });

  const opened = log.head(runId).then((head) => {
    if (head === undefined || head.status === 'removed') throw new RunMissing(`${runId} is not in the log`);
    if (head.status === 'unreadable') throw new RunUnreadable(runId, head.problem);
    lastSeq = Math.max(lastSeq, head.position.seq);
  });
  // Whoever follows awaits it too; but one who has left by then must not make this an unhandled rejection.
  opened.catch(() => undefined);

  function entryAt(seq: number): LogEntry | undefined {
    const firstSeq = lastSeq - recent.length + 1;
    if (seq >= firstSeq) return recent[seq - firstSeq];
    return pages.get(pageOf(seq))?.[(seq - 1) % pageEntries];
  }

  function pageOf(seq: number): number {
    return Math.floor((seq - 1) / pageEntries);
  }

  async function loadPage(page: number): Promise<void> {
    const entries = await readPage(runId, { after: page * pageEntries, limit: pageEntries });
    pages.delete(page);
    pages.set(page, entries);
    forgetOldest(pages, keptPages);
  }

  function build({ sent, scanned, withReasoning }: Place): Step | Miss {
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
    next(place) {
      if (isAside) return { scanned: place.scanned, mustLoad: true };
      const key = `${place.sent}/${place.scanned}/${place.withReasoning}`;
      const known = settledSteps.get(key) ?? growingSteps.get(key);
      if (known !== undefined) return known;
      const step = build(place);
      if ('mustLoad' in step) return step;
      (step.isGrowing ? growingSteps : settledSteps).set(key, step);
      forgetOldest(settledSteps, keptSteps);
      return step;
    },
    async load(seq) {
      // Asked afresh, the log says what is damaged.
      if (isAside) pages.clear();
      const page = pageOf(seq);
      const underWay = loading.get(page) ?? loadPage(page).finally(() => loading.delete(page));
      loading.set(page, underWay);
      await underWay;
      // It was there when the follower came: retention has taken the run away.
      if (entryAt(seq) === undefined) throw new RunMissing(`${runId} is not in the log any more`);
    },
    listen(wake) {
      wakes.add(wake);
      return () => void wakes.delete(wake);
    },
    close: unwatch,
  };
}

function forgetOldest<V>(map: Map<unknown, V>, kept: number): void {
  for (const key of map.keys()) {
    if (map.size <= kept) return;
    map.delete(key);
  }
}
