import { useCallback, useSyncExternalStore } from 'react';

const changed = 'stagewire:stored';

/** A text that this browser keeps for this person, the same in every part of the page. */
export function useStored(name: string): [string | null, (value: string | null) => void] {
  const key = `stagewire.${name}`;
  const value = useSyncExternalStore(subscribe, () => read(key));
  const set = useCallback(
    (next: string | null) => {
      write(key, next);
      dispatchEvent(new Event(changed));
    },
    [key],
  );
  return [value, set];
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser may forbid storage altogether; then nothing is remembered.
    return null;
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Forbidden or full: the choice holds for this page at most.
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener('storage', listener);
  addEventListener(changed, listener);
  return () => {
    removeEventListener('storage', listener);
    removeEventListener(changed, listener);
  };
}
