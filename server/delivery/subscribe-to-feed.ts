import type { FeedEvent } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { formatFeedCursor } from './feed-cursor.ts';
import { createFeedMerge } from './feed-merge.ts';
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
  const waiting = createFeedMerge();
  const shows = createFilter(tail, options);
  try {
    await untilAborted(tail.opened, signal);
    let scanned = options.after ?? tail.lastGlobalPosition;
    let cursor = formatFeedCursor(scanned);
    let dueMs = Infinity;
    let looked = 0;
    if (options.after === undefined && !signal.aborted) {
      yield { cursor, event: { type: 'feed.opened', at: new Date(clock.now()).toISOString(), cursor } };
    }
    while (!signal.aborted) {
      if (clock.now() >= dueMs) yield* flush();
      const page = tail.next(scanned);
      const entries = page ?? (await untilAborted(readOn(), signal));
      if (entries === undefined) return;
      if (page?.length === 0) {
        await wakeup.until(dueMs);
        continue;
      }
      for (const entry of entries) {
        const { event, globalPosition } = entry;
        if (isShown(entry) && (await shows(event.runId))) {
          if (event.type === 'stage.delta') {
            const before = waiting.add(event);
            if (before !== undefined) yield* send({ cursor, event: before });
            if (dueMs === Infinity) dueMs = clock.now() + mergeMs;
            if (waiting.chars >= maxMergedChars) yield* flush();
          } else {
            yield* flush();
            cursor = formatFeedCursor(globalPosition);
            yield* send({ cursor, event });
          }
        }
        scanned = Math.max(scanned, globalPosition);
        looked += 1;
        if (looked % entriesPerTurn === 0) await untilAborted(nextTurn(clock), signal);
        if (signal.aborted) return;
      }
    }

    async function readOn(): Promise<readonly LogEntry[]> {
      const { entries, upTo } = await tail.read(scanned, { deltas: text });
      if (entries.length === 0) scanned = upTo;
      return entries;
    }

    async function* flush(): AsyncGenerator<SequencedFeedEvent, void, void> {
      dueMs = Infinity;
      for (const event of waiting.takeAll()) yield* send({ cursor, event });
    }
  } finally {
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

  async function* send(fed: SequencedFeedEvent): AsyncGenerator<SequencedFeedEvent, void, void> {
    await ready?.(signal);
    if (!signal.aborted) yield fed;
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
