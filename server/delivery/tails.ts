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
  /** Recent entries kept in memory, per followed run and for the feed. @default 2048 */
  readonly maxEntries?: number;
  /** Entries read from the log at once by those who stand further back. @default 512 */
  readonly pageEntries?: number;
  /** UTF-16 units of text in one merged delta at most; a single longer one stays whole. @default 65536 */
  readonly maxMergedChars?: number;
  /** What one page that is read from the log may take, in bytes of JSON. @default 2000000 */
  readonly pageBytes?: number;
  /** What the tails of all runs may keep together, in bytes. @default 64000000 */
  readonly maxTailBytes?: number;
  /**
   * Pages read from the log at the same time. An embedded log gains nothing from more than one; over a network, at 3 ms
   * a page, a thousand subscribers that return would make the last one wait for 3 s. @default 1
   */
  readonly pagesAtOnce?: number;
}

/** A tail, held by one follower. */
export interface SharedTail<Tail> {
  readonly tail: Tail;
  readonly release: () => void;
}

/** What all followers share: created once per server. A tail is there as long as somebody holds it. */
export interface Tails {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly maxMergedChars: number;
  acquireRun(runId: string): SharedTail<RunTail>;
  acquireFeed(): SharedTail<FeedTail>;
  /** Does anybody follow this run just now? */
  isFollowed(runId: string): boolean;
}

export function createTails(log: EventLog, options: TailsOptions): Tails {
  const { clock, maxEntries = 2048, pageEntries = 512, maxMergedChars = 65_536 } = options;
  const { pageBytes = 2_000_000, maxTailBytes = 64_000_000, pagesAtOnce = 1 } = options;
  const room = createTailBudget(maxTailBytes);
  // A thousand followers that come back at once each want a page.
  const queues = Array.from({ length: pagesAtOnce }, () => createSerialQueue({ turnOf: clock }));
  let asked = 0;
  function inTurn<Page>(read: () => Promise<Page>): Promise<Page> {
    const queue = queues[asked % queues.length];
    asked += 1;
    return queue === undefined ? read() : queue.post(read);
  }
  const readPage: EventLog['read'] = (runId, page) => inTurn(() => log.read(runId, page));
  const readAll: EventLog['readAll'] = (page) => inTurn(() => log.readAll(page));
  const runs = new Map<string, Shared<RunTail>>();
  const feed = new Map<'feed', Shared<FeedTail>>();

  return {
    log,
    clock,
    maxMergedChars,
    acquireRun: (runId) =>
      acquire(runs, runId, () =>
        createRunTail(log, { runId, readPage, room, maxEntries, pageEntries, pageBytes, maxMergedChars }),
      ),
    isFollowed: (runId) => runs.has(runId),
    acquireFeed: () =>
      acquire(feed, 'feed', () =>
        createFeedTail(log, { clock, readAll, room, maxEntries, pageEntries, pageBytes }),
      ),
  };
}

interface Shared<Tail> {
  readonly tail: Tail;
  holders: number;
}

function acquire<Key, Tail extends { close(): void }>(
  tails: Map<Key, Shared<Tail>>,
  key: Key,
  create: () => Tail,
): SharedTail<Tail> {
  const shared = tails.get(key) ?? { tail: create(), holders: 0 };
  tails.set(key, shared);
  shared.holders += 1;
  let isHeld = true;
  return {
    tail: shared.tail,
    release() {
      if (!isHeld) return;
      isHeld = false;
      shared.holders -= 1;
      if (shared.holders > 0) return;
      tails.delete(key);
      shared.tail.close();
    },
  };
}
