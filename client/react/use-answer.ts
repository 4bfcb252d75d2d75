import { useCallback, useEffect, useState } from 'react';
import { asError } from '@stagewire/shared/caught-error';

/** Asks one question. The signal is aborted when the component goes, or asks another one. */
export type Ask<T> = (signal: AbortSignal) => Promise<T>;

/** The answer to one question, while the component that asks is there. */
export interface Answer<T> {
  /**
   * - `none`: nothing is asked
   * - `unavailable`: there is no answer, and `error` says why
   */
  readonly status: 'none' | 'loading' | 'ready' | 'unavailable';
  /** What was answered; `undefined` unless `ready`. */
  readonly value: T | undefined;
  /** What `ask` rejected with; `undefined` unless `unavailable`. */
  readonly error: Error | undefined;
  /** Asks again. */
  retry(): void;
}

interface Settled<T> {
  readonly ask: Ask<T>;
  readonly value?: T;
  readonly error?: Error;
}

/** Asks once for each identity of `ask`, which callers therefore memoize; `undefined`: nothing is asked. */
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

  // The answer to an earlier question is none to this one.
  const current = settled !== undefined && settled.ask === ask ? settled : undefined;
  const { value, error } = current ?? {};
  return { status: statusOf(ask, current), value, error, retry };
}

function statusOf<T>(ask: Ask<T> | undefined, settled: Settled<T> | undefined): Answer<T>['status'] {
  if (ask === undefined) return 'none';
  if (settled === undefined) return 'loading';
  return settled.error === undefined ? 'ready' : 'unavailable';
}
