/** The listeners of the state of a connection. */
export interface StateListeners<State> {
  /** Adds a listener; a function is called once, however often it is added. Returns a function that removes it. */
  add(listener: (state: State) => void): () => void;
  notify(state: State): void;
  clear(): void;
}

export function createStateListeners<State>(): StateListeners<State> {
  const listeners = new Set<(state: State) => void>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    notify(state) {
      // A copy: a listener may add or remove others.
      for (const listener of Array.from(listeners)) listener(state);
    },
    clear: () => listeners.clear(),
  };
}
