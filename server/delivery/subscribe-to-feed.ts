import type { FeedEvent } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { formatFeedCursor } from './feed-cursor.ts';
import { createFeedMerge } from './feed-merge.ts';
import type { FeedPage } from './feed-page.ts';
import type { FeedTail } from './feed-tail.ts';
import type { LogEntry } from '../log/event-log.ts';
import { createWakeup } from './wakeup.ts';
import type { Tails } from './tails.ts';

export interface SequencedFeedEvent {
  readonly cursor: string;
  readonly event: FeedEvent;
}

export interface SubscribeToFeedOptions {
  /** The order in the follower's cursor; without one the feed begins now, with `feed.opened`. */
  readonly after?: number;
  /** Only runs with all of these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only runs of this owner. */
  readonly owner?: string;
  /** Also the text, each run's merged over up to `mergeMs`. */
  readonly text: boolean;
  /** In milliseconds. @default 250 */
  readonly mergeMs?: number;
  readonly signal: AbortSignal;
  /** As for `follow`. @default always ready */
  readonly ready?: (signal: AbortSignal) => Promise<void> | undefined;
}

/** Entries looked at before the event loop gets a turn. */
const entriesPerTurn = 64;

/**
 * The events of all runs in commit order, without reasoning and given files, and without deltas unless asked for.
 * Ends only when the signal aborts.
 *
 * A delta repeats the cursor last sent and goes out before any other event that was committed after it. So after a
 * resume text may come again; it is told by the seq of its run.
 *
 * While its reader is not ready it holds its place, the text that it had merged by then, and a page that the tail may give
 * up: of all that, the followers together hold no more than a bound.
 *
 * @throws LogUnavailable if the log cannot be read.
 */
export async function* subscribeToFeed(
  tails: Tails,
  options: SubscribeToFeedOptions,
): AsyncGenerator<SequencedFeedEvent, void, void> {
  const { text, mergeMs = 250, signal, ready } = options;
  const { clock, maxMergedChars } = tails;
  const wakeup = createWakeup(clock, signal);
  const { tail, release } = tails.acquireFeed();
  const unlisten = tail.listen((urgent) => {
    if (urgent || text) wakeup.wake(true);
  });
  const waiting = createFeedMerge(tail.mergeRoom, maxMergedChars);
  const shows = createFilter(tail, options);
  let page: FeedPage | undefined;
  try {
    await untilAborted(tail.opened, signal);
    let scanned = options.after ?? tail.lastGlobalPosition;
    let cursor = formatFeedCursor(scanned);
    let dueMs = Infinity;
    let looked = 0;
    /** Asked before anything is taken to be sent, so that nothing is held meanwhile. */
    let isReady = false;
    if (options.after === undefined && !signal.aborted) {
      yield { cursor, event: { type: 'feed.opened', at: new Date(clock.now()).toISOString(), cursor } };
    }
    while (!signal.aborted) {
      if (!isReady) {
        await tail.turns.pass();
        await ready?.(signal);
      }
      if (signal.aborted) return;
      isReady = true;
      if (clock.now() >= dueMs) {
        const event = waiting.take();
        if (event === undefined) dueMs = Infinity;
        else yield* send(event);
        continue;
      }
      const entry = page?.next(scanned) ?? tail.next(scanned);
      if (entry === 'end' || entry === 'past') {
        isReady = false;
        page?.close();
        page = entry === 'end' ? undefined : await untilAborted(readOn(), signal);
        if (entry === 'end') await wakeup.until(dueMs);
        continue;
      }
      if (isShown(entry) && (await shows(entry.event.runId))) {
        const { event } = entry;
        if (event.type === 'stage.delta') {
          const before = waiting.add(event);
          if (dueMs === Infinity) dueMs = clock.now() + mergeMs;
          if (waiting.isFull) dueMs = -Infinity;
          if (before !== undefined) yield* send(before);
        } else if (dueMs !== Infinity) {
          // What waits goes first, and this one is looked up again.
          dueMs = -Infinity;
          continue;
        } else {
          cursor = formatFeedCursor(entry.globalPosition);
          yield* send(event);
        }
      }
      scanned = entry.globalPosition;
      looked += 1;
      if (looked % entriesPerTurn === 0) await untilAborted(nextTurn(clock), signal);
    }

    async function readOn(): Promise<FeedPage> {
      const read = await tail.read(scanned, { deltas: text });
      if (signal.aborted) read.close();
      scanned = read.nothingUpTo ?? scanned;
      return read;
    }

    function* send(event: SequencedFeedEvent['event']): Generator<SequencedFeedEvent, void, void> {
      isReady = false;
      if (!signal.aborted) yield { cursor, event };
    }
  } finally {
    page?.close();
    waiting.close();
    unlisten();
    release();
    wakeup.close();
  }

  function isShown({ event }: LogEntry): boolean {
    return (
      event.type !== 'stage.reasoning' &&
      event.type !== 'input.recorded' &&
      (text || event.type !== 'stage.delta')
    );
  }
}

function createFilter(
  tail: FeedTail,
  { labels = {}, owner }: SubscribeToFeedOptions,
): (runId: string) => Promise<boolean> | true {
  const wanted = Object.entries(labels);
  if (wanted.length === 0 && owner === undefined) return () => true;
  return async (runId) => {
    const attributes = await tail.attributesOf(runId);
    if (attributes === undefined || (owner !== undefined && attributes.owner !== owner)) return false;
    return wanted.every(([label, value]) => attributes.labels[label] === value);
  };
}
