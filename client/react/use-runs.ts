import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../transport/connection-state.ts';
import type { Labels, RunPage, RunSummary, SummaryStatus } from '../generated/contract.ts';
import { emptyListView } from './run-list-store.ts';
import { useConnection, useStores } from './stores-context.ts';

/** Which runs are listed. */
export interface UseRunsOptions {
  /** Only runs that have all of these labels. @default all */
  readonly labels?: Labels | undefined;
  /** Only runs of this owner: one of `you.owners`, or any with the permission `admin`. @default all of `you.owners` */
  readonly owner?: string | undefined;
  /** Only runs with one of these statuses. @default all */
  readonly status?: readonly SummaryStatus[] | undefined;
  /**
   * Only runs that have every word of this text, in any case: in the first 200 chars of the task, in the value of a label,
   * or as the beginning of the run id; at most 200 chars. White space only: all runs. Delay it while the user types: each
   * text is a list of its own. @default all
   */
  readonly search?: string | undefined;
  /** The number of newest runs, from 1 to 200; `loadOlder` adds as many. @default 50 */
  readonly limit?: number | undefined;
  /**
   * A page as returned by `list` with the same options, for example on the server that rendered the page. @default none
   */
  readonly initial?: RunPage | undefined;
}

/** A list of runs as returned by `useRuns`. */
export interface UseRuns {
  /** Newest first; empty while `loading`. */
  readonly runs: readonly RunSummary[];
  /**
   * - `loading`: there is no reply yet. Without a server it is retried; see `connection`
   * - `live`: the list is updated by the feed
   * - `unavailable`: the list is not updated any more, and `error` has the reason
   */
  readonly status: 'loading' | 'live' | 'unavailable';
  /** Why the list is not updated; `undefined` while it is. */
  readonly error: Error | undefined;
  /** Whether the server has older runs than the last one of the list. */
  readonly hasOlder: boolean;
  /**
   * Adds up to `limit` older runs to the list, for all components that use it; the list is updated at its new length.
   * Rejects like `list` of the client; the list then stays unchanged.
   */
  loadOlder(): Promise<void>;
  /** The state of the socket: while it is `lost`, the list is as of its `since`. */
  readonly connection: ConnectionState;
}

const none: readonly RunSummary[] = [];

/** The newest runs, updated while the component is mounted. @throws Error without a provider. */
export function useRuns(options: UseRunsOptions = {}): UseRuns {
  const { labels, owner, status: statuses, search, limit = 50, initial } = options;
  const text = search?.trim() ?? '';
  const query = { labels, owner, status: statuses, search: text === '' ? undefined : text, limit };
  const store = useStores('useRuns').runList(query, initial);
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  const first = useMemo(
    () =>
      initial === undefined
        ? emptyListView
        : { ...emptyListView, runs: initial.items, hasOlder: initial.next !== undefined },
    [initial],
  );
  const { runs, error, hasOlder } = useSyncExternalStore(
    subscribe,
    () => store.view,
    () => first,
  );
  const status = error !== undefined ? 'unavailable' : runs === undefined ? 'loading' : 'live';
  const connection = useConnection();
  return { runs: runs ?? none, status, error, hasOlder, loadOlder: store.loadOlder, connection };
}
