import { useCallback } from 'react';
import type { RunPrompt } from '../generated/contract.ts';
import type { AttemptPlace } from '../files/attempt-place.ts';
import { useStores } from './stores-context.ts';
import { useAnswer } from './use-answer.ts';

/** A prompt as returned by `useRunPrompt`. */
export interface UseRunPrompt {
  /**
   * - `none`: the hook was called without a run id or an attempt
   * - `loading`: there is no reply yet
   * - `ready`: `prompt` is set
   * - `unavailable`: the prompt could not be fetched, and `error` has the reason (ATTEMPT_NOT_FOUND: no such attempt)
   */
  readonly status: 'none' | 'loading' | 'ready' | 'unavailable';
  /**
   * The prompt; `undefined` unless `ready`. `exact` is false if this server rebuilds another prompt from the run's log
   * than the one that was sent.
   */
  readonly prompt: RunPrompt | undefined;
  /** Why it is `unavailable`; otherwise `undefined`. */
  readonly error: Error | undefined;
  /** Fetches again after `unavailable`. */
  retry(): void;
}

/** The prompt of an attempt, also of a running one. @throws Error without a provider. */
export function useRunPrompt(runId: string | undefined, at: AttemptPlace | undefined): UseRunPrompt {
  const { client } = useStores('useRunPrompt');
  const { stage, attempt } = at ?? {};
  const isNamed = runId !== undefined && stage !== undefined && attempt !== undefined;
  const ask = useCallback(
    async (signal: AbortSignal) => {
      if (runId === undefined || stage === undefined || attempt === undefined) return undefined;
      return client.procedures.runs.prompt({ runId, stage, attempt }, { signal });
    },
    [client, runId, stage, attempt],
  );
  const { status, value, error, retry } = useAnswer(isNamed ? ask : undefined);
  return { status, prompt: value, error, retry };
}
