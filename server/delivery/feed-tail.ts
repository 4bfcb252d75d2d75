import { isDelta } from '@stagewire/shared';
import type { DurableEvent } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { RunUnreadable } from '../log/event-log.ts';
import type { EventLog, GlobalEntry } from '../log/event-log.ts';
import { firstAfter } from '../log/first-after.ts';
import type { CommitListener } from './commit-listener.ts';
import { createFeedPages, type FeedPage } from './feed-page.ts';
import { bytesOfEntries, createTailBudget, type TailBudget } from './tail-budget.ts';
import { LogForked } from '../log/log-forked.ts';
import { formatFeedCursor } from './feed-cursor.ts';
import { createTurnGate, type TurnGate } from './turn-gate.ts';

/** The attributes by which the feed is filtered. */
export interface RunAttributes {
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The recent end of the whole log, in commit order, shared by all feed subscribers. */
export interface FeedTail {
  /** Resolves when `next` may be called. @throws LogUnavailable */
  readonly opened: Promise<void>;
  /** The global position of the last commit. */
  readonly lastGlobalPosition: number;
  /** @throws LogForked if events that were read from this tail may be lost */
  requireUnforked(): void;
  /** The cursor of a position that was read from this tail. @throws LogForked */
  cursorAt(globalPosition: number): string;
  /**
   * The first entry after `after`; `end` if there is none yet, `past` if it must be read from the log.
   *
   * @throws LogForked
   */
  next(after: number): GlobalEntry | 'end' | 'past';
  /** A page of entries after `after` from the log. @throws LogUnavailable, LogForked */
  read(after: number, options: { deltas: boolean }): Promise<FeedPage>;
  /** Budget of the coalesced, unsent text of all subscribers. */
  readonly mergeBudget: TailBudget;
  /** Limits the sends per turn of all subscribers together. */
  readonly turns: TurnGate;
  /** `undefined` if the run was removed, or cannot be read. */
  attributesOf(runId: string): Promise<RunAttributes | undefined>;
  /** Notifies the listener of each commit until `unlisten`. */
  listen(listener: CommitListener): void;
  unlisten(listener: CommitListener): void;
  /** The log has lost events after this position: what was read from this tail is not continued. */
  fork(lastKept: number): void;
  /** Stops watching the log. */
  close(): void;
}

export interface FeedTailOptions {
  readonly clock: Clock;
  readonly readAll: EventLog['readAll'];
  /** Shared by all tails. */
  readonly budget: TailBudget;
  readonly maxEntries: number;
  readonly pageEntries: number;
  /** Size of one page, in bytes of JSON. */
  readonly pageBytes: number;
}

/** Entries that the tail keeps when the budget is exhausted. */
const minEntries = 64;

/**
 * Size of all pages together, in bytes, and the minimum of one: a subscriber whose client does not read keeps its page,
 * and one connection has hundreds of subscribers.
 */
const allPagesBytes = 32_000_000;
const minPageBytes = 32_000;

/**
 * Maximum size of an entry as `bytesOfEntries` counts it: this, and twice the bytes of its JSON. A page must fit its share
 * in the same measure: pages that do not fit together are evicted before they are used.
 */
const entryBytes = 1000;
const bytesPerJsonByte = 2;

/** Coalesced, unsent text of all subscribers, in bytes. */
const allMergedBytes = 16_000_000;

/**
 * Sends of all subscribers together per turn of the event loop. One takes about 40 µs: a quarter of the time is theirs, and
 * they block the loop for about 20 ms at most.
 */
const sends = { perTurn: 64, perMs: 6, mostPerTurn: 512 };

/** Runs whose attributes are cached: at most some megabytes. */
const maxCachedAttributes = 4096;

export function createFeedTail(log: EventLog, options: FeedTailOptions): FeedTail {
  const { readAll, budget, maxEntries, pageEntries, pageBytes } = options;
  const listeners = new Set<CommitListener>();
  const attributes = new Map<string, RunAttributes>();
  const pages = createFeedPages(allPagesBytes);
  /** All entries after the position `since`. */
  let recent: GlobalEntry[] = [];
  let since = Infinity;
  let lastGlobalPosition = 0;
  /** How many runs were deleted so far. */
  let deletions = 0;
  let forked: LogForked | undefined;

  function requireUnforked(): void {
    if (forked !== undefined) throw forked;
  }

  const unwatch = log.watchAll((entries) => {
    forgetDeleted(entries);
    recent.push(...entries);
    budget.add(bytesOfEntries(entries));
    lastGlobalPosition = Math.max(lastGlobalPosition, recent.at(-1)?.globalPosition ?? 0);
    const maxKept = budget.isFull ? minEntries : maxEntries;
    if (recent.length > maxKept * 1.25) trimTo(maxKept);
    const urgent = entries.some(({ event }) => !isDelta(event));
    for (const listener of listeners) listener.onCommit(urgent);
  });

  /** No event of a deleted run is sent any more: entries that were read earlier are skipped for want of attributes. */
  function forgetDeleted(entries: readonly GlobalEntry[]): void {
    const deleted = new Set(
      entries.flatMap(({ event }) => (event.type === 'run.deleted' ? [event.runId] : [])),
    );
    if (deleted.size === 0) return;
    deletions += deleted.size;
    for (const runId of deleted) attributes.delete(runId);
    const before = bytesOfEntries(recent);
    recent = recent.filter(({ event }) => !deleted.has(event.runId));
    budget.add(bytesOfEntries(recent) - before);
  }

  function trimTo(kept: number): void {
    since = recent.at(-kept - 1)?.globalPosition ?? since;
    budget.add(-bytesOfEntries(recent.slice(0, -kept)));
    recent = recent.slice(-kept);
  }

  const opened = log.lastGlobalPosition().then((globalPosition) => {
    if (since === Infinity) since = globalPosition;
    lastGlobalPosition = Math.max(lastGlobalPosition, globalPosition);
  });
  // Every subscriber awaits it too; but after one has left, a failure must not be an unhandled rejection.
  opened.catch(() => undefined);

  /** The feed omits an unreadable run, like a removed one. */
  async function firstEvent(runId: string): Promise<DurableEvent | undefined> {
    try {
      return (await log.at(runId, 1))?.event;
    } catch (error) {
      if (error instanceof RunUnreadable) return undefined;
      throw error;
    }
  }

  async function attributesOf(runId: string): Promise<RunAttributes | undefined> {
    const known = attributes.get(runId);
    if (known !== undefined) return known;
    const before = deletions;
    const first = await firstEvent(runId);
    // It may have been deleted meanwhile.
    if (before !== deletions) return attributesOf(runId);
    if (first?.type !== 'run.queued') return undefined;
    const found = { owner: first.owner, labels: first.labels };
    attributes.set(runId, found);
    for (const oldest of attributes.keys()) {
      if (attributes.size <= maxCachedAttributes) break;
      attributes.delete(oldest);
    }
    return found;
  }

  return {
    opened,
    requireUnforked,
    get lastGlobalPosition() {
      return lastGlobalPosition;
    },
    mergeBudget: createTailBudget(allMergedBytes),
    turns: createTurnGate(options.clock, sends),
    cursorAt(globalPosition) {
      requireUnforked();
      return formatFeedCursor({ incarnation: log.incarnationAt(globalPosition), globalPosition });
    },
    next(after) {
      requireUnforked();
      if (after < since) return 'past';
      return recent[firstAfter(recent, after)] ?? 'end';
    },
    async read(after, { deltas }) {
      const known = lastGlobalPosition;
      const shareBytes = Math.max(minPageBytes, allPagesBytes / Math.max(1, listeners.size));
      const limit = Math.min(pageEntries, Math.floor(shareBytes / 2 / entryBytes));
      const maxBytes = Math.min(pageBytes, Math.floor(shareBytes / 2 / bytesPerJsonByte));
      const entries = await readAll({ after, limit, maxBytes, deltas });
      requireUnforked();
      // A page with entries may have ended at its limit; only an empty one proves that nothing is left.
      return pages.keep(entries, Math.max(known, after));
    },
    attributesOf,
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
      unwatch();
      budget.add(-bytesOfEntries(recent));
    },
  };
}
