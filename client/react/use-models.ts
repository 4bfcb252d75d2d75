import { useCallback } from 'react';
import type { ModelList } from '../generated/contract.ts';
import { useStores } from './stores-context.ts';
import { useAnswer } from './use-answer.ts';

/** Which list `useModels` fetches, if any. */
export interface UseModelsOptions {
  /** `false` fetches nothing, for a part of the page that is not open yet. @default true */
  readonly enabled?: boolean | undefined;
}

/** The models as returned by `useModels`. */
export interface UseModels {
  /**
   * - `none`: `enabled` is false
   * - `loading`: there is no reply yet; the server may wait for its providers for 8 s
   * - `ready`: `list` is set; a provider whose models could not be listed has its `failure` in it
   * - `unavailable`: the list could not be fetched, and `error` has the reason (FORBIDDEN without `runs:start`)
   */
  readonly status: 'none' | 'loading' | 'ready' | 'unavailable';
  /** The models by provider; `undefined` unless `ready`. */
  readonly list: ModelList | undefined;
  /** Why it is `unavailable`; otherwise `undefined`. */
  readonly error: Error | undefined;
  /** Fetches again. */
  retry(): void;
}

/** The models that runs can name on this server, fetched once. @throws Error without a provider. */
export function useModels({ enabled = true }: UseModelsOptions = {}): UseModels {
  const { client } = useStores('useModels');
  const ask = useCallback((signal: AbortSignal) => client.models({ signal }), [client]);
  const { status, value, error, retry } = useAnswer(enabled ? ask : undefined);
  return { status, list: value, error, retry };
}
