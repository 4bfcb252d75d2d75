import { useCallback, useMemo, useSyncExternalStore } from 'react';
import type { RunState, StageState } from '../generated/contract.ts';
import { emptyView, type RunStore, type RunView } from './run-store.ts';
import { useStores } from './stores-context.ts';

/** The options of the hooks that subscribe to a run. */
export interface RunSubscriptionOptions {
  /**
   * The run's state as returned by `runs.get`, for example on the server that rendered the page: it is rendered at
   * once, and the subscription starts at its cursor. A state older than the current one is ignored. @default none
   */
  readonly initial?: RunState | undefined;
}

/** Subscribes to a run while the component is mounted; renders when the result of `pick` changes. */
export function useRunView<T>(
  runId: string | undefined,
  {
    hook,
    initial,
    pick,
  }: RunSubscriptionOptions & { readonly hook: string; readonly pick: (view: RunView) => T },
): { readonly picked: T; readonly store: RunStore | undefined } {
  const stores = useStores(hook);
  const store = runId === undefined ? undefined : stores.run(runId, initial);
  const subscribe = useCallback((listener: () => void) => store?.subscribe(listener) ?? doNothing, [store]);
  // The page as the server rendered it, so that hydration matches; the newest state is rendered right after.
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
 * One stage of a run, by its number from 1; `undefined` before it has started. Only changes of this stage render the
 * component, not the text of other stages.
 *
 * @throws Error without a provider.
 */
export function useStage(
  runId: string | undefined,
  stage: number,
  options: RunSubscriptionOptions = {},
): StageState | undefined {
  const { picked } = useRunView(runId, {
    ...options,
    hook: 'useStage',
    pick: ({ state }) => state?.stages.find((it) => it.stage === stage),
  });
  return picked;
}
