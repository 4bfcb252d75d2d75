import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { ConnectionState } from '../connection.ts';
import type { Labels, RunPage, RunSummary } from '../generated/contract.ts';
import { emptyListView } from './run-list-store.ts';
import { useStores } from './stores-context.ts';
import { useConnection } from './use-connection.ts';

export interface UseRunsOptions {
  /** Only runs that have all of these labels. @default all */
  readonly labels?: Labels | undefined;
  /** So many of the newest. @default 50 */
  readonly limit?: number | undefined;
  /** A page as `list` gave it with the same options, perhaps on the server that rendered the page. */
  readonly initial?: RunPage | undefined;
}

export interface UseRuns {
  /** Newest queued first; empty while `loading`. */
  readonly runs: readonly RunSummary[];
  /** `unavailable`: the list is not kept up any more, and `error` says why. */
  readonly status: 'loading' | 'live' | 'unavailable';
  readonly error: Error | undefined;
  readonly connection: ConnectionState;
}

const none: readonly RunSummary[] = [];

/** The newest runs, kept up while the component is there. @throws Error without a provider. */
export function useRuns({ labels, limit = 50, initial }: UseRunsOptions = {}): UseRuns {
  const store = useStores('useRuns').runList({ labels, limit }, initial);
  const subscribe = useCallback((listener: () => void) => store.subscribe(listener), [store]);
  const first = useMemo(
    () => (initial === undefined ? emptyListView : { ...emptyListView, runs: initial.items }),
    [initial],
  );
  const { runs, error } = useSyncExternalStore(
    subscribe,
    () => store.view,
    () => first,
  );
  const status = error !== undefined ? 'unavailable' : runs === undefined ? 'loading' : 'live';
  return { runs: runs ?? none, status, error, connection: useConnection() };
}
