/** The components that use a value; work is done only while there are any. */
export interface Listeners {
  /** `left` after all listeners were removed: a component that was only rendered so far may still subscribe. */
  readonly presence: 'none yet' | 'some' | 'left';
  /** Adds a listener until the returned function is called. */
  add(listener: () => void): () => void;
  notify(): void;
}

export interface ListenersOptions {
  /** Called when the first listener is added. */
  readonly start: () => void;
  /** Called when the last listener was removed and none was added in the same turn, as React's StrictMode does. */
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
      // The same function may be added twice: each gets an entry of its own.
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
