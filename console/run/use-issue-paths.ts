import { useCallback, useMemo } from 'react';
import type { ReviewIssue, RunState } from '@stagewire/client';
import { useStagewire, useAnswer } from '@stagewire/client/react';
import type { FilesAt } from './attempt-places.ts';

/**
 * The paths of files that issues may lead to: those of the run as it is now, and of the files that were reviewed. The
 * server is asked for the latter only where an issue names a file that is not there any more.
 */
export function useIssuePaths(
  state: RunState,
  issues: readonly ReviewIssue[],
  at: FilesAt,
): ReadonlySet<string> {
  const stagewire = useStagewire();
  const { runId, files } = state;
  const present = useMemo(() => new Set(files.map(({ path }) => path)), [files]);
  const isGone = issues.some(({ file }) => file !== undefined && !present.has(file));
  const { stage, attempt } = at === 'given' ? {} : at;
  const ask = useCallback(
    async (signal: AbortSignal) => {
      if (stage === undefined || attempt === undefined) return [];
      const reviewed = await stagewire.run(runId).files({ at: { stage, attempt }, signal });
      return reviewed.map(({ path }) => path);
    },
    [stagewire, runId, stage, attempt],
  );
  const { value } = useAnswer(isGone && stage !== undefined ? ask : undefined);
  return useMemo(() => (value === undefined ? present : new Set([...present, ...value])), [present, value]);
}
