import { useMemo } from 'react';
import { filesAt, type FilesAt } from '../files/run-files.ts';
import type { FileState, RunState } from '../generated/contract.ts';
import { useRunView, type RunSubscriptionOptions } from './use-run-view.ts';

/** The options of `useRunFiles`. */
export interface UseRunFilesOptions extends RunSubscriptionOptions {
  /** The point in the run: the end of an attempt, or `given`. @default the latest files */
  readonly at?: FilesAt | undefined;
}

/**
 * The files of a run, ordered by their last change, oldest first; `undefined` while the run is not known, and if that
 * attempt has not ended. Subscribes to the run, and renders when its files change. `useRunFile` has their texts.
 *
 * @throws Error without a provider.
 */
export function useRunFiles(
  runId: string | undefined,
  { at, ...options }: UseRunFilesOptions = {},
): readonly FileState[] | undefined {
  const { picked, store } = useRunView(runId, {
    ...options,
    hook: 'useRunFiles',
    pick: ({ state }) => changesWith(state, at),
  });
  const state = store?.view.state ?? options.initial;
  const [stage, attempt] = at === undefined || at === 'given' ? [at, undefined] : [at.stage, at.attempt];
  return useMemo(
    () => (state === undefined ? undefined : filesAt(state, at)),
    [store, picked, stage, attempt],
  );
}

/** The files at the end of an attempt do not change any more, and are unknown before. */
function changesWith(state: RunState | undefined, at: FilesAt | undefined): unknown {
  if (state === undefined || at === undefined) return state?.files;
  return filesAt(state, at) !== undefined;
}
