import { useCallback } from 'react';
import type { RunPrompt } from '../generated/contract.ts';
import type { AttemptPlace } from '../run.ts';
import { useStores } from './stores-context.ts';
import { useAnswer } from './use-answer.ts';

/** A prompt as `useRunPrompt` shows it. */
export interface UseRunPrompt {
  /**
   * - `none`: the hook was called without a run id or a place
   * - `unavailable`: the prompt could not be fetched, and `error` says why (ATTEMPT_NOT_FOUND: no such attempt)
   */
  readonly status: 'none' | 'loading' | 'ready' | 'unavailable';
  /**
   * The prompt; `undefined` unless `ready`. `exact` is false if this server makes another prompt of the run's log than the
   * one that was sent.
   */
  readonly prompt: RunPrompt | undefined;
  /** Why it is `unavailable`; `undefined` otherwise. */
  readonly error: Error | undefined;
  /** Asks again after `unavailable`. */
  retry(): void;
}

/** What the model of an attempt was asked; of a running attempt, too. @throws Error without a provider. */
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
