import { useMemo } from 'react';
import { unfinishedFiles, type UnfinishedFile } from '../files/unfinished-files.ts';
import type { AttemptState, RunState } from '../generated/contract.ts';
import { useRunView, type RunSubscriptionOptions } from './use-run-view.ts';

const none: readonly UnfinishedFile[] = [];

/**
 * The files that the running attempt has written so far, with their texts, in the order of its text; see
 * `unfinishedFiles`. Subscribes to the run, and renders while one of its stages writes files. Only this hook adds the
 * parser of `@stagewire/client/text` to a bundle.
 *
 * @throws Error without a provider.
 */
export function useUnfinishedFiles(
  runId: string | undefined,
  options: RunSubscriptionOptions = {},
): readonly UnfinishedFile[] {
  const { picked: attempt, store } = useRunView(runId, {
    ...options,
    hook: 'useUnfinishedFiles',
    pick: ({ state }) => lastUnfinished(state),
  });
  const state = store?.view.state ?? options.initial;
  return useMemo(
    () => (state === undefined || attempt === undefined ? none : unfinishedFiles(state)),
    [store, attempt],
  );
}

/** Changes with each delta of its text. */
function lastUnfinished(state: RunState | undefined): AttemptState | undefined {
  const attempt = state?.stages.at(-1)?.attempts.at(-1);
  return attempt === undefined || attempt.status === 'completed' ? undefined : attempt;
}
