import { isEnded } from '@stagewire/client';
import { useCallback, useEffect, useState } from 'react';
import type { RunShare, RunState } from '@stagewire/client';
import { useStagewire } from '@stagewire/client/react';

/** The links to a run, expired ones included. */
export interface Shares {
  readonly shares: readonly RunShare[];
  /** Why the links of an ended run could not be fetched. */
  readonly error: Error | undefined;
  /** Call it after a change: the subscription to an ended run is closed and brings none. */
  refresh(): void;
}

/**
 * The links to a run. The subscription of a run ends with the run, but links are created and removed afterwards: those of
 * an ended run are fetched.
 *
 * @param state `undefined` has no links.
 */
export function useShares(runId: string, state: Pick<RunState, 'status' | 'shares'> | undefined): Shares {
  const stagewire = useStagewire();
  const [fetched, setFetched] = useState<readonly RunShare[]>();
  const [error, setError] = useState<Error>();
  const [changes, setChanges] = useState(0);
  const fetches = state !== undefined && isEnded(state);
  useEffect(() => {
    if (!fetches) return undefined;
    const abort = new AbortController();
    const fetchShares = async () => {
      try {
        const { shares } = await stagewire.run(runId).snapshot({ signal: abort.signal });
        if (abort.signal.aborted) return;
        setFetched(shares);
        setError(undefined);
      } catch (reason) {
        if (!abort.signal.aborted) setError(reason instanceof Error ? reason : new Error(String(reason)));
      }
    };
    void fetchShares();
    return () => abort.abort();
  }, [fetches, stagewire, runId, changes]);
  const refresh = useCallback(() => setChanges((before) => before + 1), []);
  return { shares: (fetches ? fetched : undefined) ?? state?.shares ?? [], error, refresh };
}
