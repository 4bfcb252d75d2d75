import { useSyncExternalStore } from 'react';

/** The run in the fragment of the URL, so that reloading, the back button and bookmarks work. */
export function useSelectedRun(): readonly [string | undefined, (runId: string) => void] {
  const fragment = useSyncExternalStore(subscribe, () => location.hash.slice(1));
  return [fragment === '' ? undefined : fragment, select];
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

function select(runId: string): void {
  location.hash = runId;
}
