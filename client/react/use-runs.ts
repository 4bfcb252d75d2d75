import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../transport/connection.ts';
import type { Labels, RunPage, RunSummary } from '../generated/contract.ts';
import { emptyListView } from './run-list-store.ts';
import { useConnection, useStores } from './stores-context.ts';

/** Which runs are shown. */
export interface UseRunsOptions {
  /** Only runs that have all of these labels. @default all */
  readonly labels?: Labels | undefined;
  /** So many of the newest, from 1 to 200; `loadOlder` adds as many. @default 50 */
  readonly limit?: number | undefined;
  /** A page as `list` gave it with the same options, perhaps on the server that rendered the page. */
  readonly initial?: RunPage | undefined;
}

/** A list of runs as `useRuns` shows it. */
export interface UseRuns {
  /** Newest queued first; empty while `loading`. */
  readonly runs: readonly RunSummary[];
  /**
   * - `loading`: there has been no answer yet. Without a server it is asked again and again; see `connection`
   * - `unavailable`: the list is not kept up any more, and `error` says why
   */
  readonly status: 'loading' | 'live' | 'unavailable';
  /** Why the list is not kept up; `undefined` while it is. */
  readonly error: Error | undefined;
  /** Does the server have runs that were queued before the last of these? */
  readonly hasOlder: boolean;
  /**
   * Adds up to `limit` older runs to the list, which is kept up at its new length, for all components that show it.
   * Rejects as `list` of the client does; the list then stays as it was.
   */
  loadOlder(): Promise<void>;
  /** How the socket stands: while it is `lost`, the list is as old as its `since`. */
  readonly connection: ConnectionState;
}

const none: readonly RunSummary[] = [];

/** The newest runs, kept up while the component is there. @throws Error without a provider. */
export function useRuns({ labels, limit = 50, initial }: UseRunsOptions = {}): UseRuns {
  const store = useStores('useRuns').runList({ labels, limit }, initial);
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
