import { StagewireError } from '@stagewire/shared';
import { backoffMs } from '../transport/backoff.ts';
import type { Stagewire } from '../stagewire.ts';
import type {
  FeedEvent,
  Labels,
  ListInput,
  RunPage,
  RunSummary,
  SummaryStatus,
} from '../generated/contract.ts';
import { codeOf } from '@stagewire/shared/caught-error';
import { matchesSearch, searchWords } from '@stagewire/shared/text/search';
import { sets, withEvent, withPage, type RunFilter } from './run-summaries.ts';
import { createCommittedView } from './committed-view.ts';

export interface RunListQuery {
  readonly labels: Labels | undefined;
  readonly owner?: string | undefined;
  readonly status?: readonly SummaryStatus[] | undefined;
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
  /** Removes a run that was deleted. */
  remove(runId: string): void;
}

export const emptyListView: RunListView = { runs: undefined, hasOlder: false, error: undefined };

/** The maximum number of times in a row that the feed's cursor may be invalid. */
const maxLostCursors = 3;

/** The maximum number of pages that are read to fill a list whose runs are far apart. */
const maxSparsePages = 50;

export interface RunListStoreOptions {
  readonly client: Stagewire;
  readonly query: RunListQuery;
  /** Called when the last component that used it has unmounted. */
  readonly onUnused: () => void;
  /** Called when the feed reports that a run was deleted, whether the list has it or not. */
  readonly onDeleted?: (runId: string) => void;
}

export function createRunListStore(options: RunListStoreOptions): RunListStore {
  const { client, query, onUnused, onDeleted } = options;
  const { labels, owner, limit } = query;
  const filter = filterOf(query);
  const listInput = listInputOf(query);
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

  /** The server may return a page with fewer runs than there are: then the next page is read too. */
  async function firstPage(signal: AbortSignal): Promise<RunPage> {
    let page = await client.list({ ...listInput, limit }, { signal });
    for (let pages = 1; page.next !== undefined && pages < maxSparsePages; pages += 1) {
      const left = limit - page.items.length;
      if (left <= 0) break;
      const more = await client.list({ ...listInput, before: page.next, limit: left }, { signal });
      // The cursor of the first page: the feed from it misses no event.
      page = { ...more, items: [...page.items, ...more.items], feedCursor: page.feedCursor };
    }
    return page;
  }

  function takePage({ items, next, feedCursor }: RunPage): void {
    capacity = limit;
    nextPageToken = next;
    cursor = feedCursor;
    view.change({ runs: items, hasOlder: next !== undefined });
  }

  function takeEvent(event: FeedEvent): void {
    const { runs: before = [] } = view.latest;
    if (loading !== undefined) buffered.push(event);
    if (event.type === 'run.deleted') onDeleted?.(event.runId);
    const after = withEvent(before, event, filter);
    if (after !== before) takeRuns(after);
  }

  function takeRuns(after: readonly RunSummary[]): void {
    // No run is evicted while older ones are loading: it would be missing between them and the others.
    const isFull = loading === undefined && after.length > capacity;
    if (isFull) nextPageToken = undefined;
    view.change({
      runs: isFull ? after.slice(0, capacity) : after,
      hasOlder: view.latest.hasOlder || isFull,
    });
  }

  /**
   * A run that a status filter excluded until now: the feed has only the event that changed its status, so its summary is
   * fetched. Without a status filter every run that fits is known, or older than the list.
   */
  async function takeUnknown(event: FeedEvent, signal: AbortSignal): Promise<void> {
    const { status } = query;
    if (status === undefined || !('runId' in event) || event.type === 'run.queued') return;
    const { runId } = event;
    if (!sets(status, event) || view.latest.runs?.some((it) => it.runId === runId) !== false) return;
    const { items } = await client.list({ ...listInput, search: runId }, { signal });
    const { runs = [], hasOlder } = view.latest;
    // Instants are compared as texts. An older run than the last one of the list comes with `loadOlder`.
    const oldest = hasOlder ? (runs.at(-1)?.queuedAt ?? '') : '';
    const added = items.filter((it) => it.runId === runId && filter(it) && it.queuedAt >= oldest);
    if (added.length > 0) takeRuns(withPage(runs, added));
  }

  async function read(signal: AbortSignal): Promise<void> {
    let lostCursors = 0;
    for (let failures = 0; ; failures += 1) {
      try {
        if (cursor === undefined) takePage(await firstPage(signal));
        const feed = client.feed({ from: cursor, labels, owner, signal });
        for await (const event of feed) {
          if (signal.aborted) return;
          lostCursors = 0;
          failures = 0;
          takeEvent(event);
          await takeUnknown(event, signal);
          // Not before: if that fails, the feed resumes before this event.
          cursor = feed.cursor;
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
    const feed = client.feed({ labels, owner, signal });
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
      const page = await client.list({
        ...listInput,
        before,
        limit: Math.min(limit, wanted - count),
      });
      const merged = withPage(view.latest.runs ?? [], page.items);
      const runs = buffered.reduce((sum, event) => withEvent(sum, event, filter), merged);
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
    remove(runId) {
      view.change({ runs: view.latest.runs?.filter((it) => it.runId !== runId) });
    },
  };
}

/** What the server selects. Labels are not checked again: the feed has only events of runs with them. */
function filterOf({ status, search }: RunListQuery): RunFilter {
  const words = search === undefined ? [] : searchWords(search);
  return (run) => (status?.includes(run.status) ?? true) && matchesSearch(run, words);
}

function listInputOf({ labels, owner, status, search }: RunListQuery): ListInput {
  return { labels, owner, search, status: status && [...status] };
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
