import { useCallback, useEffect, useState } from 'react';
import { asError } from '@stagewire/shared/caught-error';

/** Fetches one value. The signal aborts when the component unmounts or fetches another one. */
export type Ask<T> = (signal: AbortSignal) => Promise<T>;

/** The fetched value, while the component is mounted. */
export interface Answer<T> {
  /**
   * - `none`: nothing is fetched
   * - `loading`: there is no reply yet
   * - `ready`: `value` is set
   * - `unavailable`: the fetch failed, and `error` has the reason
   */
  readonly status: 'none' | 'loading' | 'ready' | 'unavailable';
  /** The fetched value; `undefined` unless `ready`. */
  readonly value: T | undefined;
  /** The rejection of `ask`; `undefined` unless `unavailable`. */
  readonly error: Error | undefined;
  /** Fetches again. */
  retry(): void;
}

interface Settled<T> {
  readonly ask: Ask<T>;
  readonly value?: T;
  readonly error?: Error;
}

/** Fetches once for each identity of `ask`, so callers must memoize it; `undefined` fetches nothing. */
export function useAnswer<T>(ask: Ask<T> | undefined): Answer<T> {
  const [settled, setSettled] = useState<Settled<T>>();
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (ask === undefined) return undefined;
    const abort = new AbortController();
    const answer = async () => {
      try {
        const value = await ask(abort.signal);
        if (!abort.signal.aborted) setSettled({ ask, value });
      } catch (error) {
        if (!abort.signal.aborted) setSettled({ ask, error: asError(error) });
      }
    };
    void answer();
    return () => abort.abort();
  }, [ask, tries]);
  const retry = useCallback(() => {
    setSettled(undefined);
    setTries((before) => before + 1);
  }, []);

  // The reply to an earlier `ask` is ignored.
  const current = settled !== undefined && settled.ask === ask ? settled : undefined;
  const { value, error } = current ?? {};
  return { status: statusOf(ask, current), value, error, retry };
}

function statusOf<T>(ask: Ask<T> | undefined, settled: Settled<T> | undefined): Answer<T>['status'] {
  if (ask === undefined) return 'none';
  if (settled === undefined) return 'loading';
  return settled.error === undefined ? 'ready' : 'unavailable';
}
