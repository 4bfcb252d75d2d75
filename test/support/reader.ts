import type { SequencedEvent } from '../../server/delivery/subscribe-options.ts';
import type { EventSink } from '../../server/delivery/tracked-events.ts';

/** Reads a generator to its end in the background and keeps what came; its gate makes it a slow reader. */
export interface Reader<Item> {
  readonly items: Item[];
  /** Settles when the generator has ended. */
  readonly ended: Promise<void>;
  readonly isEnded: boolean;
  /** To be given to the follower. */
  readonly signal: AbortSignal;
  readonly ready: (signal: AbortSignal) => Promise<void> | undefined;
  /** Given to a subscription, it puts the items here itself. */
  readonly sink: EventSink<Item>;
  shut(): void;
  open(): void;
  abort(): void;
}

export function createReader<Item = SequencedEvent>(
  start: (reader: Pick<Reader<Item>, 'signal' | 'ready' | 'sink'>) => AsyncGenerator<Item, void, void>,
): Reader<Item> {
  const abort = new AbortController();
  const items: Item[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  let isEnded = false;
  const ready = (signal: AbortSignal) => {
    if (gate === undefined) return undefined;
    const { promise, resolve } = gate;
    signal.addEventListener('abort', () => resolve(), { once: true });
    return promise;
  };
  const sink: EventSink<Item> = { receive: (item) => items.push(item) };
  const read = async () => {
    for await (const item of start({ signal: abort.signal, ready, sink })) items.push(item);
  };
  const ended = read().finally(() => {
    isEnded = true;
  });
  return {
    items,
    ended,
    get isEnded() {
      return isEnded;
    },
    signal: abort.signal,
    ready,
    sink,
    shut: () => void (gate ??= Promise.withResolvers<void>()),
    open: () => {
      gate?.resolve();
      gate = undefined;
    },
    abort: () => abort.abort(),
  };
}
