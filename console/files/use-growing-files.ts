import { useMemo } from 'react';
import type { RunState } from '@stagewire/client';
import { useThrottled } from '../shell/use-throttled.ts';
import { growingFiles, growingText, type GrowingFile } from './growing-files.ts';

const none: readonly GrowingFile[] = [];

/** The files that a run writes now; `intervalMs` is the minimum time between two scans of a text that grows. */
export function useGrowingFiles(state: RunState, intervalMs: number): readonly GrowingFile[] {
  const growing = useMemo(() => growingText(state), [state.stages, state.files]);
  const scanned = useThrottled(growing, intervalMs);
  const isOver = growing === undefined;
  return useMemo(() => (isOver || scanned === undefined ? none : growingFiles(scanned)), [scanned, isOver]);
}
