import { useMemo } from 'react';
import type { RunState } from '@stagewire/client';
import { unfinishedFiles, type UnfinishedFile } from '@stagewire/client/text';
import { useThrottled } from '../shell/use-throttled.ts';

const none: readonly UnfinishedFile[] = [];

/** The files that a run writes now; `intervalMs` is the minimum time between two scans of a text that grows. */
export function useGrowingFiles(state: RunState, intervalMs: number): readonly UnfinishedFile[] {
  // An attempt that was stopped has unfinished files too, but they do not grow.
  const isRunning = lastAttempt(state)?.status === 'running';
  const scanned = useThrottled(isRunning ? state : undefined, intervalMs);
  const attempt = lastAttempt(scanned);
  // Not the state: its other changes need no scan.
  return useMemo(
    () => (isRunning && scanned !== undefined ? unfinishedFiles(scanned) : none),
    [isRunning, scanned?.runId, scanned?.stages.length, attempt?.attempt, attempt?.text, scanned?.files],
  );
}

function lastAttempt(state: RunState | undefined) {
  return state?.stages.at(-1)?.attempts.at(-1);
}
