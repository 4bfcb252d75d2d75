import { useCallback, useSyncExternalStore } from 'react';

const changed = 'stagewire:stored';

/** A string in local storage, shared by all components of the page. */
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
    // Storage may be blocked; then nothing is kept.
    return null;
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Blocked or full: the value is lost.
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
