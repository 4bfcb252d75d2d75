import type { LogEntry } from '../log/event-log.ts';
import { bytesOfEntries } from './tail-budget.ts';

/** A page of the log that one follower of the feed walks through. It may be given up at any moment. */
export interface FeedPage {
  /** The position up to which the log has nothing more; `undefined` if the page has entries. */
  readonly nothingUpTo: number | undefined;
  /** The first entry after `after`; `undefined` if there is none in the page, or the page was given up. */
  next(after: number): LogEntry | undefined;
  /** Gives the page up. Idempotent. */
  close(): void;
}

/** The pages of all followers of the feed. */
export interface FeedPages {
  /** Keeps a page, and gives up the oldest ones if all together are too large. @param knownPosition for an empty one */
  keep(entries: readonly LogEntry[], knownPosition: number): FeedPage;
}

/**
 * Bounds what the pages take together. A follower whose reader takes nothing would keep its page for as long as it is
 * connected; it reads the rest of it again if it was given up meanwhile.
 *
 * @param maxBytes The newest page is kept even if it alone is larger.
 */
export function createFeedPages(maxBytes: number): FeedPages {
  /** Ways to give a page up, the oldest first. */
  const kept = new Set<() => void>();
  let heldBytes = 0;

  return {
    keep(entries, knownPosition) {
      const bytes = bytesOfEntries(entries);
      const nothingUpTo = entries.length === 0 ? knownPosition : undefined;
      let rest = entries;
      let at = 0;
      const close = () => {
        if (!kept.delete(close)) return;
        rest = [];
        heldBytes -= bytes;
      };
      kept.add(close);
      heldBytes += bytes;
      for (const giveUp of kept) {
        if (heldBytes <= maxBytes || giveUp === close) break;
        giveUp();
      }
      return {
        nothingUpTo,
        next(after) {
          while (at < rest.length && (rest[at]?.globalPosition ?? 0) <= after) at += 1;
          return rest[at];
        },
        close,
      };
    },
  };
}
