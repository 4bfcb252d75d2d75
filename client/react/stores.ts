import type { Stagewire } from '../connect.ts';
import type { RunPage, RunState } from '../generated/contract.ts';
import { createRunListStore, type RunListQuery, type RunListStore } from './run-list-store.ts';
import { createRunStore, type RunStore } from './run-store.ts';

/** What all components below one provider share: a store for each run and each list that any of them shows. */
export interface Stores {
  readonly client: Stagewire;
  run(runId: string, initial?: RunState): RunStore;
  runList(query: RunListQuery, initial?: RunPage): RunListStore;
}

/**
 * So many stores that no component shows any more are kept: who comes back to a run sees at once what was there, and
 * follows it from where that stands.
 */
const maxLeft = 20;

export function createStores(client: Stagewire): Stores {
  const runs = new Map<string, RunStore>();
  const lists = new Map<string, RunListStore>();
  return {
    client,
    run(runId, initial) {
      const onLeft = () => forgetOldest(runs, runId);
      const store = runs.get(runId) ?? createRunStore({ client, runId, onLeft });
      runs.set(runId, store);
      if (initial !== undefined) store.seed(initial);
      return store;
    },
    runList(query, initial) {
      const labels = Object.entries(query.labels ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
      const key = JSON.stringify([labels, query.limit]);
      const onLeft = () => forgetOldest(lists, key);
      const store = lists.get(key) ?? createRunListStore({ client, query, onLeft });
      lists.set(key, store);
      if (initial !== undefined) store.seed(initial);
      return store;
    },
  };
}

/** Makes the one just left the latest, and lets go of the oldest left ones that are too many. */
function forgetOldest<S extends { readonly isLeft: boolean }>(
  stores: Map<string, S>,
  justLeft: string,
): void {
  const store = stores.get(justLeft);
  if (store === undefined) return;
  stores.delete(justLeft);
  stores.set(justLeft, store);
  const left = [...stores].filter(([, it]) => it.isLeft);
  for (const [key] of left.slice(0, Math.max(0, left.length - maxLeft))) stores.delete(key);
}
