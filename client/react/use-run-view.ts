import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { RunState, StageState } from '../generated/contract.ts';
import { emptyView, type RunStore, type RunView } from './run-store.ts';
import { useStores } from './stores-context.ts';

/** What the hooks that follow a run may be given. */
export interface FollowRunOptions {
  /**
   * The run's state as `runs.get` gave it, perhaps on the server that rendered the page: it is shown at once, and the
   * run is followed from its cursor. A state older than what is known already changes nothing.
   */
  readonly initial?: RunState | undefined;
}

/** Follows a run while the component is there; renders it when what `pick` takes from the run changes. */
export function useRunView<T>(
  runId: string | undefined,
  { hook, initial, pick }: FollowRunOptions & { readonly hook: string; readonly pick: (view: RunView) => T },
): { readonly picked: T; readonly store: RunStore | undefined } {
  const stores = useStores(hook);
  const store = runId === undefined ? undefined : stores.run(runId, initial);
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? doNothing, [store]);
  // The page as the server rendered it, so that hydration finds what it expects; the newest state comes right after.
  const first = useMemo(
    () => (initial === undefined ? emptyView : { ...emptyView, state: initial }),
    [initial],
  );
  const picked = useSyncExternalStore(
    subscribe,
    () => pick(store?.view ?? emptyView),
    () => pick(first),
  );
  return { picked, store };
}

function doNothing(): void {}

/**
 * One stage of a run, by its number from 1; `undefined` until it has begun. Only what happens in this stage renders
 * the component: the text of another stage does not.
 *
 * @throws Error without a provider.
 */
export function useStage(
  runId: string | undefined,
  stage: number,
  options: FollowRunOptions = {},
): StageState | undefined {
  const { picked } = useRunView(runId, {
    ...options,
    hook: 'useStage',
    pick: ({ state }) => state?.stages.find((it) => it.stage === stage),
  });
  return picked;
}
