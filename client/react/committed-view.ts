import { asError } from '@stagewire/shared/caught-error';
import { createFrame } from './frame.ts';
import { createListeners } from './listeners.ts';

/** The latest value, and the value that is rendered: the rendered one is updated once per animation frame. */
export interface CommittedView<V> {
  /** The latest value. Setting it does not trigger a render. */
  latest: V;
  /** The rendered value; a new object with every change. */
  readonly committed: V;
  /** Whether all components that used it have unmounted. */
  readonly hasNoSubscribers: boolean;
  /** Reads until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Changes the latest value; it is rendered with the next animation frame. */
  change(part: Partial<V>): void;
  /**
   * Sets a value that was fetched elsewhere. Without subscribers it is committed at once, since nothing was rendered
   * yet.
   */
  seed(part: Partial<V>): void;
  /** Commits the latest value at once. */
  flush(): void;
}

export interface CommittedViewOptions<V> {
  readonly first: V;
  /** Reads while any component uses it, until `signal` aborts. A rejection is stored in `error`. */
  readonly read: (signal: AbortSignal) => Promise<void>;
  /** Called when the last component that used it has unmounted. */
  readonly onUnused: () => void;
}

export function createCommittedView<V extends { readonly error: Error | undefined }>(
  options: CommittedViewOptions<V>,
): CommittedView<V> {
  let latest = options.first;
  let committed = latest;
  let reading: AbortController | undefined;

  const frame = createFrame(() => {
    if (committed === latest) return;
    committed = latest;
    listeners.notify();
  });
  const listeners = createListeners({
    start() {
      if (latest.error !== undefined) take({ error: undefined } as Partial<V>);
      reading = new AbortController();
      void read(reading.signal);
    },
    stop() {
      reading?.abort();
      options.onUnused();
    },
  });

  function take(part: Partial<V>): void {
    latest = { ...latest, ...part };
    frame.request();
  }

  async function read(signal: AbortSignal): Promise<void> {
    try {
      await options.read(signal);
    } catch (error) {
      if (!signal.aborted) take({ error: asError(error) } as Partial<V>);
    }
  }

  return {
    get latest() {
      return latest;
    },
    set latest(next) {
      latest = next;
    },
    get committed() {
      return committed;
    },
    get hasNoSubscribers() {
      return listeners.presence === 'left';
    },
    subscribe: (listener) => listeners.add(listener),
    change: take,
    seed(part) {
      latest = { ...latest, ...part };
      if (listeners.presence === 'some') frame.request();
      else committed = latest;
    },
    flush: () => frame.flush(),
  };
}
