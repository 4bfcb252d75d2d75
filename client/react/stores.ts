import type { Stagewire } from '../stagewire.ts';
import type { RunPage, RunState } from '../generated/contract.ts';
import { createRunListStore, type RunListQuery, type RunListStore } from './run-list-store.ts';
import { createRunStore, type RunStore } from './run-store.ts';

/** What all components below one provider share: a store for each run and each list in use. */
export interface Stores {
  readonly client: Stagewire;
  run(runId: string, initial?: RunState): RunStore;
  runList(query: RunListQuery, initial?: RunPage): RunListStore;
  /** Removes a run that was deleted from the lists, and ends the subscription of its store with RUN_EXPIRED. */
  noteDeleted(runId: string): void;
  /** Whether `noteDeleted` was called for the run. */
  isDeleted(runId: string): boolean;
  /** Calls `listener` after each `noteDeleted`, until the returned function is called. */
  onDeleted(listener: () => void): () => void;
}

/**
 * The number of unused stores that are kept: a component that returns to a run renders the last state at once, and
 * resumes from its cursor.
 */
const maxUnused = 20;

export function createStores(client: Stagewire): Stores {
  const runs = new Map<string, RunStore>();
  const lists = new Map<string, RunListStore>();
  const deleted = new Set<string>();
  const deletions = new Set<() => void>();

  function noteDeleted(runId: string): void {
    if (deleted.has(runId)) return;
    deleted.add(runId);
    runs.get(runId)?.markDeleted();
    for (const list of lists.values()) list.remove(runId);
    for (const listener of deletions) listener();
  }

  return {
    client,
    noteDeleted,
    isDeleted: (runId) => deleted.has(runId),
    onDeleted(listener) {
      deletions.add(listener);
      return () => deletions.delete(listener);
    },
    run(runId, initial) {
      const onUnused = () => evictOldest(runs, runId);
      const store = runs.get(runId) ?? createRunStore({ client, runId, onUnused });
      runs.set(runId, store);
      if (initial !== undefined) store.seed(initial);
      return store;
    },
    runList(query, initial) {
      const labels = Object.entries(query.labels ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
      const key = JSON.stringify([
        labels,
        query.limit,
        query.status ?? null,
        query.search ?? null,
        query.owner ?? null,
      ]);
      const onUnused = () => evictOldest(lists, key);
      const store = lists.get(key) ?? createRunListStore({ client, query, onUnused, onDeleted: noteDeleted });
      lists.set(key, store);
      if (initial !== undefined) store.seed(initial);
      return store;
    },
  };
}

/** Moves the unused store to the end, and removes the oldest unused ones above the limit. */
function evictOldest<S extends { readonly isUnused: boolean }>(
  stores: Map<string, S>,
  unusedKey: string,
): void {
  const store = stores.get(unusedKey);
  if (store === undefined) return;
  stores.delete(unusedKey);
  stores.set(unusedKey, store);
  const unused = [...stores].filter(([, it]) => it.isUnused);
  for (const [key] of unused.slice(0, Math.max(0, unused.length - maxUnused))) stores.delete(key);
}
