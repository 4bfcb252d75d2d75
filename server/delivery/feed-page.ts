import type { GlobalEntry } from '../log/event-log.ts';
import { bytesOfEntries } from './tail-budget.ts';

/** A page of the log that one feed subscriber reads. It may be evicted at any time. */
export interface FeedPage {
  /** The position up to which the log has nothing more; `undefined` if the page has entries. */
  readonly nothingUpTo: number | undefined;
  /** The first entry after `after`; `undefined` if there is none in the page, or the page was evicted. */
  next(after: number): GlobalEntry | undefined;
  /** Releases the page. Idempotent. */
  close(): void;
}

/** The pages of all feed subscribers. */
export interface FeedPages {
  /** Adds a page, and evicts the oldest ones if all together are too large. @param knownPosition for an empty one */
  keep(entries: readonly GlobalEntry[], knownPosition: number): FeedPage;
}

/**
 * Limits the memory of all pages together. A subscriber whose client does not read would keep its page while it is
 * connected; it reads the rest again if the page was evicted.
 *
 * @param maxBytes The newest page is kept even if it alone is larger.
 */
export function createFeedPages(maxBytes: number): FeedPages {
  /** Functions that evict a page, the oldest first. */
  const evictions = new Set<() => void>();
  let usedBytes = 0;

  return {
    keep(entries, knownPosition) {
      const bytes = bytesOfEntries(entries);
      const nothingUpTo = entries.length === 0 ? knownPosition : undefined;
      let rest = entries;
      let at = 0;
      const close = () => {
        if (!evictions.delete(close)) return;
        rest = [];
        usedBytes -= bytes;
      };
      evictions.add(close);
      usedBytes += bytes;
      for (const evict of evictions) {
        if (usedBytes <= maxBytes || evict === close) break;
        evict();
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
