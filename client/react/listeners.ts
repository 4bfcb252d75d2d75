/** The components that show something, and whoever works for them while there are any. */
export interface Listeners {
  /** `left` when all who came have gone: a component that has only been rendered so far may still come. */
  readonly presence: 'none yet' | 'some' | 'left';
  /** Listens until the returned function is called. */
  add(listener: () => void): () => void;
  notify(): void;
}

export interface ListenersOptions {
  /** The first has come. */
  readonly start: () => void;
  /** The last has left and has not come back within the same turn, as React's StrictMode makes all of them do. */
  readonly stop: () => void;
}

export function createListeners({ start, stop }: ListenersOptions): Listeners {
  const listeners = new Set<() => void>();
  let presence: Listeners['presence'] = 'none yet';
  let leaving: ReturnType<typeof setTimeout> | undefined;

  const leave = () => {
    leaving = undefined;
    presence = 'left';
    stop();
  };
  return {
    get presence() {
      return presence;
    },
    add(listener) {
      // One function may listen twice: each gets an entry of its own.
      const entry = () => listener();
      listeners.add(entry);
      clearTimeout(leaving);
      leaving = undefined;
      if (presence !== 'some') {
        presence = 'some';
        start();
      }
      return () => {
        if (listeners.delete(entry) && listeners.size === 0) leaving = setTimeout(leave, 0);
      };
    },
    notify() {
      for (const listener of Array.from(listeners)) listener();
    },
  };
}
