/** Events of a run or of the feed, one after the other. Read it once, with one `for await`. */
export interface EventStream<E> extends AsyncIterableIterator<E, void, undefined> {
  /**
   * The cursor of the event read last: keep it, and `from` goes on behind that event, also in another process.
   * `undefined` before the first.
   */
  readonly cursor: string | undefined;
}

export interface EventStreamOptions<E> {
  /** Called when the first event is asked for: from then on events may be pushed. Returns the way to stop. */
  readonly open: (sink: EventSink<E>) => () => void;
  /** Two waiting neighbours as one, if that loses nothing: so a slow reader has no long queue. */
  readonly merge: (waiting: E, next: E) => E | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EventSink<E> {
  push(event: E, cursor: string): void;
  /** After this the reader gets what still waits, and then the end or the error. */
  end(error?: unknown): void;
}

interface Entry<E> {
  readonly event: E;
  readonly cursor: string;
}

/** Turns what is pushed into what can be pulled. When `signal` aborts, the reader gets its reason as an error. */
export function createEventStream<E>({ open, merge, signal }: EventStreamOptions<E>): EventStream<E> {
  const waiting: Entry<E>[] = [];
  const readers: PromiseWithResolvers<IteratorResult<E, void>>[] = [];
  let stop: (() => void) | undefined;
  let over: { readonly error?: unknown } | undefined;
  let cursor: string | undefined;

  const take = ({ event, cursor: at }: Entry<E>): IteratorResult<E, void> => {
    cursor = at;
    return { done: false, value: event };
  };
  const end = (outcome: { readonly error?: unknown }) => {
    if (over !== undefined) return;
    over = outcome;
    signal?.removeEventListener('abort', onAbort);
    stop?.();
    const [first, ...others] = readers.splice(0);
    if (outcome.error === undefined) first?.resolve({ done: true, value: undefined });
    else first?.reject(asError(outcome.error));
    if (first !== undefined) over = {};
    for (const reader of others) reader.resolve({ done: true, value: undefined });
  };
  const onAbort = () => {
    waiting.length = 0;
    end({ error: signal?.reason });
  };
  const sink: EventSink<E> = {
    push(event, at) {
      if (over !== undefined) return;
      const reader = readers.shift();
      if (reader !== undefined) return reader.resolve(take({ event, cursor: at }));
      const last = waiting.at(-1);
      const merged = last === undefined ? undefined : merge(last.event, event);
      if (merged !== undefined) waiting.pop();
      waiting.push({ event: merged ?? event, cursor: at });
    },
    end: (error) => end(error === undefined ? {} : { error }),
  };
  const begin = () => {
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    stop = open(sink);
    // It may be over before `open` has returned, when all there is was there already.
    if (over !== undefined) stop();
  };

  return {
    get cursor() {
      return cursor;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (stop === undefined && over === undefined) begin();
      const entry = waiting.shift();
      if (entry !== undefined) return take(entry);
      if (over === undefined) {
        const reader = Promise.withResolvers<IteratorResult<E, void>>();
        readers.push(reader);
        return await reader.promise;
      }
      const { error } = over;
      over = {};
      if (error !== undefined) throw asError(error);
      return { done: true, value: undefined };
    },
    async return() {
      waiting.length = 0;
      end({});
      return { done: true, value: undefined };
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason), { cause: reason });
}
