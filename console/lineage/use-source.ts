import { codeOf } from '@stagewire/client';
import { useCallback } from 'react';
import type { RunSummary } from '@stagewire/client';
import { useAnswer, useIsDeleted, useStagewire } from '@stagewire/client/react';
import { readSummary } from './read-summary.ts';

/** The run that another one started from: its task, or that it does not exist any more. */
export type Source =
  | { readonly status: 'loading' | 'deleted' | 'removed' }
  | { readonly status: 'found'; readonly task: string };

/** Looks up a run that another one started from. */
export function useSource(runId: string | undefined): Source {
  const stagewire = useStagewire();
  const isDeleted = useIsDeleted(runId ?? '');
  const ask = useCallback(
    async (signal: AbortSignal): Promise<Pick<RunSummary, 'task'> | 'removed'> => {
      if (runId === undefined) return 'removed';
      const summary = await readSummary(stagewire, runId, signal);
      if (summary !== undefined) return summary;
      try {
        return await stagewire.run(runId).snapshot({ signal });
      } catch (error) {
        if (codeOf(error) === 'RUN_EXPIRED' || codeOf(error) === 'RUN_NOT_FOUND') return 'removed';
        throw error;
      }
    },
    [stagewire, runId],
  );
  const { value } = useAnswer(runId === undefined || isDeleted ? undefined : ask);
  if (isDeleted) return { status: 'deleted' };
  if (value === undefined) return { status: 'loading' };
  return value === 'removed' ? { status: 'removed' } : { status: 'found', task: value.task };
}
