import { StagewireError } from '@stagewire/shared';
import { backoffMs } from '../transport/backoff.ts';
import type { Stagewire } from '../connect.ts';
import type { FeedEvent, Labels, RunPage, RunSummary } from '../generated/contract.ts';
import { codeOf } from '@stagewire/shared/caught-error';
import { withEvent, withPage } from './run-summaries.ts';
import { createCommittedView } from './committed-view.ts';

export interface RunListQuery {
  readonly labels: Labels | undefined;
  readonly limit: number;
}

/** A list of runs as the screen shows it; a new object with every change. */
export interface RunListView {
  /** Newest queued first; `undefined` before the first answer. */
  readonly runs: readonly RunSummary[] | undefined;
  /** Does the server have runs that were queued before the last of these? */
  readonly hasOlder: boolean;
  /** Why the list is not kept up any more. */
  readonly error: Error | undefined;
}

/** One list for all components that show it: asked for once, then kept up by the feed. */
export interface RunListStore {
  readonly view: RunListView;
  /** Have all components that showed it gone? */
  readonly isLeft: boolean;
  subscribe(listener: () => void): () => void;
  seed(initial: RunPage): void;
  /** Adds up to `limit` runs that are older than those of the list. Called again before it is done, it is one. */
  loadOlder(): Promise<void>;
}

export const emptyListView: RunListView = { runs: undefined, hasOlder: false, error: undefined };

/** So often in a row the feed's cursor may turn out to be no position of the server's log. */
const maxLostCursors = 3;

export interface RunListStoreOptions {
  readonly client: Stagewire;
  readonly query: RunListQuery;
  /** The last component that showed it has gone. */
  readonly onLeft: () => void;
}

export function createRunListStore({ client, query, onLeft }: RunListStoreOptions): RunListStore {
  const { labels, limit } = query;
  const view = createCommittedView<RunListView>({ first: emptyListView, read, onLeft });
  /** Where the feed goes on from what is known; `undefined` if that has to be asked for. */
  let cursor: string | undefined;
  /** So many runs may be in the list. */
  let capacity = limit;
  /** What asks for the runs behind the last one; `undefined` where none are, or since a newer run pushed one out. */
  let nextPageToken: string | undefined;
  let loading: Promise<void> | undefined;
  /** What was heard since: it may be about runs that are still on their way, and later than what they will say. */
  let buffered: FeedEvent[] = [];

  function takePage({ items, next, feedCursor }: RunPage): void {
    capacity = limit;
    nextPageToken = next;
    cursor = feedCursor;
    view.change({ runs: items, hasOlder: next !== undefined });
  }

  function takeEvent(event: FeedEvent): void {
    const { runs: before = [], hasOlder } = view.latest;
    if (loading !== undefined) buffered.push(event);
    // Nothing is pushed out while older ones are on their way: it would be missing between them and the rest.
    const runs = withEvent(before, event, loading === undefined ? capacity : Infinity);
    if (runs === before) return;
    const pushedOut = before.length > 0 && before.at(-1)?.runId !== runs.at(-1)?.runId;
    if (pushedOut) nextPageToken = undefined;
    view.change({ runs, hasOlder: hasOlder || pushedOut });
  }

  async function read(signal: AbortSignal): Promise<void> {
    let lostCursors = 0;
    for (let failures = 0; ; failures += 1) {
      try {
        if (cursor === undefined) takePage(await client.list({ labels, limit }, { signal }));
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
        } else if (mayPass(error)) await serverIsBack(failures, signal);
        else throw error;
      }
    }
  }

  /** A list is asked for by a call of its own, which gives up. What is followed never does, and tells how it stands. */
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
      const page = await client.list({ labels, before, limit: Math.min(limit, wanted - count) });
      const merged = withPage(view.latest.runs ?? [], page.items);
      const runs = buffered.reduce((sum, event) => withEvent(sum, event, Infinity), merged);
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
    get isLeft() {
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

/** Resolves after so long, or when `signal` aborts. */
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

/** May asking again help? A server that is away, draining or full comes back. */
function mayPass(error: unknown): boolean {
  return codeOf(error) === 'UNREACHABLE' || (error instanceof StagewireError && error.retryable);
}
