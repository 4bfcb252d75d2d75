import { isDelta } from '@stagewire/shared';
import type { DurableEvent } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { RunUnreadable } from '../log/event-log.ts';
import type { EventLog, LogEntry } from '../log/event-log.ts';
import { createFeedPages, type FeedPage } from './feed-page.ts';
import { bytesOfEntries, createTailBudget, type TailBudget } from './tail-budget.ts';
import { createTurnGate, type TurnGate } from './turn-gate.ts';

/** Whose a run is and how it is labelled: by this the feed is filtered. */
export interface RunAttributes {
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The recent end of the whole log, in commit order, shared by all who follow the feed. */
export interface FeedTail {
  /** Resolves when `next` may be asked. @throws LogUnavailable */
  readonly opened: Promise<void>;
  /** The order of the last entry committed. */
  readonly lastGlobalPosition: number;
  /** The first entry after `after`; `end` if there is none yet, `past` if it must be read from the log. */
  next(after: number): LogEntry | 'end' | 'past';
  /** Some entries after `after` from the log. @throws LogUnavailable */
  read(after: number, options: { deltas: boolean }): Promise<FeedPage>;
  /** What all followers together have merged and not sent. */
  readonly mergeRoom: TailBudget;
  /** Passed by each follower before it sends. */
  readonly turns: TurnGate;
  /** `undefined` if the run was removed, or cannot be read. */
  attributesOf(runId: string): Promise<RunAttributes | undefined>;
  /** Calls `wake` at each commit; `urgent` if it has more than deltas. Returns the way to stop. */
  listen(wake: (urgent: boolean) => void): () => void;
  /** Stops watching the log. */
  close(): void;
}

export interface FeedTailOptions {
  readonly clock: Clock;
  readonly readAll: EventLog['readAll'];
  /** Shared by all tails. */
  readonly room: TailBudget;
  readonly maxEntries: number;
  readonly pageEntries: number;
  /** What one page may take, in bytes of JSON. */
  readonly pageBytes: number;
}

/** Entries that the tail keeps when there is no room. */
const leastEntries = 64;

/**
 * What the pages of all followers take together, in bytes, and the least that one page may take: a follower whose
 * reader takes nothing keeps its page, and one connection has hundreds of followers.
 */
const allPagesBytes = 32_000_000;
const leastPageBytes = 16_000;

/** What all followers may have merged and not sent, in bytes. */
const allMergedBytes = 16_000_000;

/** What all followers send together in one turn of the event loop. */
const sendsPerTurn = 64;

/** Runs whose marks are remembered: some megabytes at most. */
const maxCachedAttributes = 4096;

export function createFeedTail(log: EventLog, options: FeedTailOptions): FeedTail {
  const { readAll, room, maxEntries, pageEntries, pageBytes } = options;
  const wakes = new Set<(urgent: boolean) => void>();
  const attributes = new Map<string, RunAttributes>();
  const pages = createFeedPages(allPagesBytes);
  /** All entries after the position `since`. */
  let recent: LogEntry[] = [];
  let since = Infinity;
  let lastGlobalPosition = 0;

  const unwatch = log.watchAll((entries) => {
    recent.push(...entries);
    room.add(bytesOfEntries(entries));
    lastGlobalPosition = Math.max(lastGlobalPosition, recent.at(-1)?.globalPosition ?? 0);
    const most = room.isFull ? leastEntries : maxEntries;
    if (recent.length > most * 1.25) keepLast(most);
    const urgent = entries.some(({ event }) => !isDelta(event));
    for (const wake of wakes) wake(urgent);
  });

  function keepLast(kept: number): void {
    since = recent.at(-kept - 1)?.globalPosition ?? since;
    room.add(-bytesOfEntries(recent.slice(0, -kept)));
    recent = recent.slice(-kept);
  }

  const opened = log.lastGlobalPosition().then((globalPosition) => {
    if (since === Infinity) since = globalPosition;
    lastGlobalPosition = Math.max(lastGlobalPosition, globalPosition);
  });
  // Whoever follows awaits it too; but one who has left by then must not make this an unhandled rejection.
  opened.catch(() => undefined);

  /** Of a run that cannot be read the feed says nothing, as of one that was removed. */
  async function firstEvent(runId: string): Promise<DurableEvent | undefined> {
    try {
      return (await log.at(runId, 1))?.event;
    } catch (error) {
      if (error instanceof RunUnreadable) return undefined;
      throw error;
    }
  }

  return {
    opened,
    get lastGlobalPosition() {
      return lastGlobalPosition;
    },
    mergeRoom: createTailBudget(allMergedBytes),
    turns: createTurnGate(options.clock, sendsPerTurn),
    next(after) {
      if (after < since) return 'past';
      return recent[firstAfter(recent, after)] ?? 'end';
    },
    async read(after, { deltas }) {
      const known = lastGlobalPosition;
      const shareBytes = Math.floor(allPagesBytes / Math.max(1, wakes.size));
      const maxBytes = Math.min(pageBytes, Math.max(leastPageBytes, shareBytes));
      const entries = await readAll({ after, limit: pageEntries, maxBytes, deltas });
      // A page that has anything may have ended at its bound; only an empty one proves that nothing is left.
      return pages.keep(entries, Math.max(known, after));
    },
    async attributesOf(runId) {
      const known = attributes.get(runId);
      if (known !== undefined) return known;
      const first = await firstEvent(runId);
      if (first?.type !== 'run.queued') return undefined;
      const mark = { owner: first.owner, labels: first.labels };
      attributes.set(runId, mark);
      for (const oldest of attributes.keys()) {
        if (attributes.size <= maxCachedAttributes) break;
        attributes.delete(oldest);
      }
      return mark;
    },
    listen(wake) {
      wakes.add(wake);
      return () => void wakes.delete(wake);
    },
    close() {
      unwatch();
      room.add(-bytesOfEntries(recent));
    },
  };
}

/** The index of the first entry after a position; the length if there is none. */
function firstAfter(entries: readonly LogEntry[], after: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.globalPosition ?? Infinity) <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
