import type { FeedEvent } from '@stagewire/shared';
import { nextTurn, untilAborted } from '../runtime/wait.ts';
import { createFeedMerge } from './feed-merge.ts';
import type { FeedPage } from './feed-page.ts';
import type { FeedTail } from './feed-tail.ts';
import type { GlobalEntry } from '../log/event-log.ts';
import { createWakeup } from './wakeup.ts';
import type { Tails } from './tails.ts';

export interface SequencedFeedEvent {
  readonly cursor: string;
  readonly event: FeedEvent;
  /** The global position up to which the client has received events: text is after the position of its cursor. */
  readonly sentUpTo: number;
  /** Deltas that were merged since the last event, into this one or another. @default 0 */
  readonly merged?: number;
}

export interface SubscribeToFeedOptions {
  /** The global position in the client's cursor; without one the feed starts now, with `feed.opened`. */
  readonly after?: number;
  /** Only runs with all of these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only runs of these owners. @default of all */
  readonly owners?: readonly string[];
  /** Include text, coalesced per run over up to `mergeMs`. */
  readonly text: boolean;
  /** In milliseconds. @default 250 */
  readonly mergeMs?: number;
  readonly signal: AbortSignal;
  /** As for `subscribeToRun`. @default always ready */
  readonly ready?: (signal: AbortSignal) => Promise<void> | undefined;
}

/** Work before the event loop gets a turn: so many entries of a kind that is sent, or so many times of one that is skipped. */
const entriesPerTurn = 64;
const skippedPerEntry = 64;

/**
 * The events of all runs in commit order, without reasoning and input files, and without deltas unless requested.
 * Ends only when the signal aborts.
 *
 * A delta repeats the cursor last sent and is sent before any event that was committed after it. So text may come again
 * after a resume; clients detect that by the seq of the run.
 *
 * While its client is not ready (backpressure) it keeps its position, the text coalesced so far, and a page that the tail
 * may evict. The memory of all subscribers together is limited.
 *
 * @throws LogUnavailable if the log cannot be read. @throws LogForked
 */
export async function* subscribeToFeed(
  tails: Tails,
  options: SubscribeToFeedOptions,
): AsyncGenerator<SequencedFeedEvent, void, void> {
  const { text, mergeMs = 250, signal, ready } = options;
  const { clock, maxMergedChars } = tails;
  const wakeup = createWakeup(clock, signal);
  const { tail, release } = tails.acquireFeed();
  const listener = {
    onCommit(urgent: boolean) {
      if (urgent || text) wakeup.wake(true);
    },
  };
  tail.listen(listener);
  const pending = createFeedMerge(tail.mergeBudget, maxMergedChars);
  const matches = createFilter(tail, options);
  let page: FeedPage | undefined;
  try {
    await untilAborted(tail.opened, signal);
    let scanned = options.after ?? tail.lastGlobalPosition;
    let cursor = tail.cursorAt(scanned);
    let sentUpTo = scanned;
    /** The position of the last delta that is pending or was sent. */
    let textUpTo = scanned;
    let dueMs = Infinity;
    let work = 0;
    /** Awaited before an event is removed to be sent, so that none is kept in the meantime. */
    let isReady = false;
    /** The position after which the last page was read. */
    let readAt = -1;
    if (options.after === undefined && !signal.aborted) {
      const at = new Date(clock.now()).toISOString();
      yield { cursor, event: { type: 'feed.opened', at, cursor }, sentUpTo };
    }
    while (!signal.aborted) {
      if (!isReady) {
        await tail.turns.pass();
        await ready?.(signal);
      }
      if (signal.aborted) return;
      isReady = true;
      tail.requireUnforked();
      if (clock.elapsed() >= dueMs) {
        const event = pending.take();
        if (event === undefined) dueMs = Infinity;
        // The run may have been deleted while its text was pending.
        else if ((await tail.attributesOf(event.runId)) !== undefined) yield* send(event);
        continue;
      }
      const entry = page?.next(scanned) ?? tail.next(scanned);
      if (entry === 'end' || entry === 'past') {
        // The same position again: the page was evicted before its first entry was used. This time the entry is sent
        // without another wait: subscribers that wait for longer than their pages last would read forever.
        isReady = entry === 'past' && readAt === scanned;
        page?.close();
        page = entry === 'end' ? undefined : await untilAborted(readPage(), signal);
        if (entry === 'end') await wakeup.until(dueMs);
        continue;
      }
      const included = isIncluded(entry);
      // Whether it matches may have to be read from the log.
      work += included ? 1 : 1 / skippedPerEntry;
      if (included && (await matches(entry))) {
        const { event } = entry;
        if (event.type === 'run.deleted') pending.drop(event.runId);
        if (event.type === 'stage.delta') {
          const before = pending.add(event);
          textUpTo = entry.globalPosition;
          if (dueMs === Infinity) dueMs = clock.elapsed() + mergeMs;
          if (pending.isFull) dueMs = -Infinity;
          if (before !== undefined) yield* send(before);
        } else if (dueMs !== Infinity) {
          // Pending text is sent first, then this entry is looked up again.
          dueMs = -Infinity;
          continue;
        } else {
          cursor = tail.cursorAt(entry.globalPosition);
          sentUpTo = entry.globalPosition;
          yield* send(event);
        }
      }
      scanned = entry.globalPosition;
      if (work < entriesPerTurn) continue;
      work = 0;
      await untilAborted(nextTurn(clock), signal);
    }

    async function readPage(): Promise<FeedPage> {
      readAt = scanned;
      const read = await tail.read(scanned, { deltas: text });
      if (signal.aborted) read.close();
      scanned = read.nothingUpTo ?? scanned;
      return read;
    }

    function* send(event: SequencedFeedEvent['event']): Generator<SequencedFeedEvent, void, void> {
      isReady = false;
      if (event.type === 'stage.delta') sentUpTo = textUpTo;
      if (!signal.aborted) yield { cursor, event, sentUpTo, merged: pending.takeMerged() };
    }
  } finally {
    page?.close();
    pending.close();
    tail.unlisten(listener);
    release();
    wakeup.close();
  }

  function isIncluded({ event }: GlobalEntry): boolean {
    return (
      event.type !== 'stage.reasoning' &&
      event.type !== 'input.recorded' &&
      (text || event.type !== 'stage.delta')
    );
  }
}

function createFilter(
  tail: FeedTail,
  { labels = {}, owners: names }: SubscribeToFeedOptions,
): (entry: GlobalEntry) => Promise<boolean> | boolean {
  const wanted = Object.entries(labels);
  const owners = names && new Set(names);
  if (wanted.length === 0 && owners === undefined) return () => true;
  return async (entry) => {
    // Whatever labels are wanted: those of a deleted run are deleted too.
    if ('owner' in entry) return owners === undefined || owners.has(entry.owner);
    const attributes = await tail.attributesOf(entry.event.runId);
    if (attributes === undefined || (owners !== undefined && !owners.has(attributes.owner))) return false;
    return wanted.every(([label, value]) => attributes.labels[label] === value);
  };
}
