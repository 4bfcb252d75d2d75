import type { Clock } from '../runtime/clock.ts';
import { createSerialQueue } from '../runtime/serial-queue.ts';
import type { EventLog } from '../log/event-log.ts';
import { createFeedTail } from './feed-tail.ts';
import type { FeedTail } from './feed-tail.ts';
import { createRunTail } from './run-tail.ts';
import type { RunTail } from './run-tail.ts';
import { createTailBudget } from './tail-budget.ts';

export interface TailsOptions {
  readonly clock: Clock;
  /** Recent entries kept in memory, per subscribed run and for the feed. @default 2048 */
  readonly maxEntries?: number;
  /** Entries per page for subscribers that are further behind. @default 512 */
  readonly pageEntries?: number;
  /** Maximum UTF-16 units of a coalesced delta; a single longer one is not split. @default 65536 */
  readonly maxMergedChars?: number;
  /** Size of one page from the log, in bytes of JSON. @default 2000000 */
  readonly pageBytes?: number;
  /** Memory budget of all tails together, in bytes. @default 64000000 */
  readonly maxTailBytes?: number;
  /**
   * Pages read from the log at the same time. An embedded log gains nothing from more than one; over a network, at 3 ms
   * a page, a thousand subscribers that return would make the last one wait for 3 s. @default 1
   */
  readonly pagesAtOnce?: number;
}

/** A tail with one reference of a subscriber. */
export interface SharedTail<Tail> {
  readonly tail: Tail;
  readonly release: () => void;
}

/** Shared by all subscribers: created once per server. A tail exists while it has references. */
export interface Tails {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly maxMergedChars: number;
  acquireRun(runId: string): SharedTail<RunTail>;
  acquireFeed(): SharedTail<FeedTail>;
  /** Does the run have a subscriber now? */
  hasSubscribers(runId: string): boolean;
}

export function createTails(log: EventLog, options: TailsOptions): Tails {
  const { clock, maxEntries = 2048, pageEntries = 512, maxMergedChars = 65_536 } = options;
  const { pageBytes = 2_000_000, maxTailBytes = 64_000_000, pagesAtOnce = 1 } = options;
  const budget = createTailBudget(maxTailBytes);
  // A thousand subscribers that resume at the same time each read a page.
  const queues = Array.from({ length: pagesAtOnce }, () => createSerialQueue({ turnOf: clock }));
  let reads = 0;
  function enqueue<Page>(read: () => Promise<Page>): Promise<Page> {
    const queue = queues[reads % queues.length];
    reads += 1;
    return queue === undefined ? read() : queue.post(read);
  }
  const readPage: EventLog['read'] = (runId, page) => enqueue(() => log.read(runId, page));
  const readAll: EventLog['readAll'] = (page) => enqueue(() => log.readAll(page));
  const runs = new Map<string, Shared<RunTail>>();
  const feed = new Map<'feed', Shared<FeedTail>>();

  // Its subscribers compare what they have sent with the log, and continue with new tails.
  log.watchForks((lastKept) => {
    const tails = [...runs.values(), ...feed.values()];
    runs.clear();
    feed.clear();
    for (const { tail } of tails) tail.fork(lastKept);
  });

  return {
    log,
    clock,
    maxMergedChars,
    acquireRun: (runId) =>
      acquire(runs, runId, () =>
        createRunTail(log, { runId, readPage, budget, maxEntries, pageEntries, pageBytes, maxMergedChars }),
      ),
    hasSubscribers: (runId) => runs.has(runId),
    acquireFeed: () =>
      acquire(feed, 'feed', () =>
        createFeedTail(log, { clock, readAll, budget, maxEntries, pageEntries, pageBytes }),
      ),
  };
}

interface Shared<Tail> {
  readonly tail: Tail;
  references: number;
}

function acquire<Key, Tail extends { close(): void }>(
  tails: Map<Key, Shared<Tail>>,
  key: Key,
  create: () => Tail,
): SharedTail<Tail> {
  const shared = tails.get(key) ?? { tail: create(), references: 0 };
  tails.set(key, shared);
  shared.references += 1;
  let isAcquired = true;
  return {
    tail: shared.tail,
    release() {
      if (!isAcquired) return;
      isAcquired = false;
      shared.references -= 1;
      if (shared.references > 0) return;
      if (tails.get(key) === shared) tails.delete(key);
      shared.tail.close();
    },
  };
}
