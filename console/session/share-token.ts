import { createContext, useContext, useSyncExternalStore } from 'react';

/** The token of a link to a run that the page was opened with, until it is exchanged. */
export interface ShareToken {
  now(): string | undefined;
  subscribe(listener: () => void): () => void;
  /** The link was used, or will not be. */
  drop(): void;
}

/**
 * Takes the token out of the address, and out of the entry of the history, at its creation: before anything else reads
 * the address. Later links may be opened in the same tab: then only the fragment changes, and the page stays.
 */
export function createShareToken(): ShareToken {
  const listeners = new Set<() => void>();
  let token: string | undefined;

  function set(next: string | undefined): void {
    token = next;
    for (const listener of Array.from(listeners)) listener();
  }

  function take(): void {
    const [, found] = /^#share=(.*)$/s.exec(location.hash) ?? [];
    if (found === undefined) return;
    history.replaceState(history.state, '', location.pathname + location.search);
    set(found);
  }

  take();
  addEventListener('hashchange', take);
  return {
    now: () => token,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    drop: () => set(undefined),
  };
}

export const ShareTokenContext = createContext<ShareToken>({
  now: () => undefined,
  subscribe: () => () => {},
  drop: () => {},
});

/** The token of the link that is still to be exchanged, and the function that drops it. */
export function useShareToken(): readonly [token: string | undefined, drop: () => void] {
  const token = useContext(ShareTokenContext);
  return [useSyncExternalStore(token.subscribe, token.now), token.drop];
}
