import { useCallback, useMemo } from 'react';
import type { FilesAt, ReviewIssue, RunState } from '@stagewire/client';
import { useStagewire, useAnswer } from '@stagewire/client/react';

/**
 * The paths that issues may link to: of the current files, and of the reviewed version. The latter is only fetched if an
 * issue names a file that no longer exists.
 */
export function useIssuePaths(
  state: RunState,
  issues: readonly ReviewIssue[],
  at: FilesAt,
): ReadonlySet<string> {
  const stagewire = useStagewire();
  const { runId, files } = state;
  const currentPaths = useMemo(() => new Set(files.map(({ path }) => path)), [files]);
  const isGone = issues.some(({ file }) => file !== undefined && !currentPaths.has(file));
  const { stage, attempt } = at === 'given' ? {} : at;
  const load = useCallback(
    async (signal: AbortSignal) => {
      if (stage === undefined || attempt === undefined) return [];
      const reviewed = await stagewire.run(runId).files({ at: { stage, attempt }, signal });
      return reviewed.map(({ path }) => path);
    },
    [stagewire, runId, stage, attempt],
  );
  const { value } = useAnswer(isGone && stage !== undefined ? load : undefined);
  return useMemo(
    () => (value === undefined ? currentPaths : new Set([...currentPaths, ...value])),
    [currentPaths, value],
  );
}
