import { StagewireError } from '@stagewire/shared';
import { backoffMs } from '../transport/backoff.ts';
import type { Stagewire } from '../connect.ts';
import type { FeedEvent, Labels, RunPage, RunSummary } from '../generated/contract.ts';
import { searchWords } from '@stagewire/shared/text/search';
import { codeOf } from '@stagewire/shared/caught-error';
import { withEvent, withPage } from './run-summaries.ts';
import { createCommittedView } from './committed-view.ts';

export interface RunListQuery {
  readonly labels: Labels | undefined;
  /** See `useRuns`. @default all runs */
  readonly search?: string | undefined;
  readonly limit: number;
}

/** A list of runs as it is rendered; a new object with every change. */
export interface RunListView {
  /** Newest first; `undefined` before the first reply. */
  readonly runs: readonly RunSummary[] | undefined;
  /** Whether the server has older runs than the last one of the list. */
  readonly hasOlder: boolean;
  /** Why the list is not updated any more. */
  readonly error: Error | undefined;
}

/** One list for all components that use it: fetched once, then updated by the feed. */
export interface RunListStore {
  readonly view: RunListView;
  /** Whether all components that used it have unmounted. */
  readonly isUnused: boolean;
  subscribe(listener: () => void): () => void;
  seed(initial: RunPage): void;
  /** Adds up to `limit` runs that are older than those of the list. Concurrent calls share one request. */
  loadOlder(): Promise<void>;
}

export const emptyListView: RunListView = { runs: undefined, hasOlder: false, error: undefined };

/** The maximum number of times in a row that the feed's cursor may be invalid. */
const maxLostCursors = 3;

export interface RunListStoreOptions {
  readonly client: Stagewire;
  readonly query: RunListQuery;
  /** Called when the last component that used it has unmounted. */
  readonly onUnused: () => void;
  /** Called when a run was deleted, whether it is in the list or not. @default does nothing */
  readonly onDeleted?: (runId: string) => void;
}

export function createRunListStore({
  client,
  query,
  onUnused,
  onDeleted,
}: RunListStoreOptions): RunListStore {
  const { labels, search, limit } = query;
  const words = search === undefined ? [] : searchWords(search);
  const view = createCommittedView<RunListView>({ first: emptyListView, read, onUnused });
  /** Where the feed resumes; `undefined` if the list must be fetched first. */
  let cursor: string | undefined;
  /** The maximum number of runs in the list. */
  let capacity = limit;
  /** The token of the next older page; `undefined` if there is none, or after a newer run removed one from the list. */
  let nextPageToken: string | undefined;
  let loading: Promise<void> | undefined;
  /** Events received while older runs are loading: they may concern those runs, and be newer than the page. */
  let buffered: FeedEvent[] = [];

  function takePage({ items, next, feedCursor }: RunPage): void {
    capacity = limit;
    nextPageToken = next;
    cursor = feedCursor;
    view.change({ runs: items, hasOlder: next !== undefined });
  }

  function takeEvent(event: FeedEvent): void {
    if (event.type === 'run.deleted') onDeleted?.(event.runId);
    const { runs: before = [], hasOlder } = view.latest;
    if (loading !== undefined) buffered.push(event);
    // No run is removed while older ones are loading: it would be missing between them and the others.
    const runs = withEvent(before, event, { limit: loading === undefined ? capacity : Infinity, words });
    if (runs === before) return;
    const wasEvicted =
      before.length > 0 && event.type !== 'run.deleted' && before.at(-1)?.runId !== runs.at(-1)?.runId;
    if (wasEvicted) nextPageToken = undefined;
    view.change({ runs, hasOlder: hasOlder || wasEvicted });
  }

  async function read(signal: AbortSignal): Promise<void> {
    let lostCursors = 0;
    for (let failures = 0; ; failures += 1) {
      try {
        if (cursor === undefined) takePage(await client.list({ labels, search, limit }, { signal }));
        const feed = client.feed({ from: cursor, labels, signal });
        for await (const event of feed) {
          if (signal.aborted) return;
          lostCursors = 0;
          failures = 0;
          cursor = feed.cursor;
          takeEvent(event);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (codeOf(error) === 'CURSOR_INVALID' && lostCursors < maxLostCursors) {
          lostCursors += 1;
          cursor = undefined;
        } else if (isTemporary(error)) await serverIsBack(failures, signal);
        else throw error;
      }
    }
  }

  /** A call has a deadline, a subscription does not, and reports its state: it is used to wait for the server. */
  async function serverIsBack(failures: number, signal: AbortSignal): Promise<void> {
    await elapsed(backoffMs(failures, Math.random), signal);
    const feed = client.feed({ labels, signal });
    try {
      await feed.next();
    } finally {
      await feed.return?.();
    }
  }

  async function readOlder(): Promise<void> {
    const listed = view.latest.runs?.length ?? 0;
    const wanted = listed + limit;
    let count = nextPageToken === undefined ? 0 : listed;
    let before = nextPageToken;
    do {
      const page = await client.list({ labels, search, before, limit: Math.min(limit, wanted - count) });
      const merged = withPage(view.latest.runs ?? [], page.items);
      const runs = buffered.reduce((sum, event) => withEvent(sum, event, { limit: Infinity, words }), merged);
      view.change({ runs, hasOlder: page.next !== undefined });
      before = page.next;
      count += page.items.length;
    } while (before !== undefined && count < wanted);
    nextPageToken = before;
    capacity = Math.max(capacity, wanted, view.latest.runs?.length ?? 0);
  }

  return {
    get view() {
      return view.committed;
    },
    get isUnused() {
      return view.hasNoSubscribers;
    },
    subscribe: (listener) => view.subscribe(listener),
    seed({ items, next, feedCursor }) {
      if (view.latest.runs !== undefined) return;
      cursor = feedCursor;
      nextPageToken = next;
      view.seed({ runs: items, hasOlder: next !== undefined });
    },
    loadOlder() {
      loading ??= readOlder().finally(() => {
        loading = undefined;
        buffered = [];
      });
      return loading;
    },
  };
}

/** Resolves after the delay, or when `signal` aborts. */
function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Whether a retry may help: the server is unreachable, draining or overloaded. */
function isTemporary(error: unknown): boolean {
  return codeOf(error) === 'UNREACHABLE' || (error instanceof StagewireError && error.retryable);
}
