import { useSyncExternalStore } from 'react';

/** The same width as in `narrow.css`. */
const narrowQuery = '(width < 1280px)';

/** Whether the panel of a run covers the stage instead of standing beside it. */
export function isNarrow(): boolean {
  return matchMedia(narrowQuery).matches;
}

/** `isNarrow`, also after the width has changed. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, isNarrow);
}

function subscribe(listener: () => void): () => void {
  const query = matchMedia(narrowQuery);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
