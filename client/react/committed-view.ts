import { asError } from '@stagewire/shared/caught-error';
import { createFrame } from './frame.ts';
import { createListeners } from './listeners.ts';

/** What is known of something, and what the screen shows of it: that catches up once per picture. */
export interface CommittedView<V> {
  /** What is known. Set by itself it changes nothing on the screen. */
  latest: V;
  /** What the screen shows; a new object with every change. */
  readonly committed: V;
  /** Have all components that showed it gone? */
  readonly hasNoSubscribers: boolean;
  /** Reads until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Adds to what is known; the screen shows it with the next picture. */
  change(part: Partial<V>): void;
  /** Takes what somebody else has fetched. Nothing has been drawn of it yet where nobody has subscribed. */
  seed(part: Partial<V>): void;
  /** Shows what is known at once. */
  flush(): void;
}

export interface CommittedViewOptions<V> {
  readonly first: V;
  /** Reads while any component shows it, until `signal` aborts. What it rejects with stands in `error`. */
  readonly read: (signal: AbortSignal) => Promise<void>;
  /** The last component that showed it has gone. */
  readonly onLeft: () => void;
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
      options.onLeft();
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
