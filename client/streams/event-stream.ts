import { asError } from '@stagewire/shared/caught-error';
import { createEventBuffer, type BufferedEvent, type BufferOptions } from './event-buffer.ts';

/** Events of a run or of the feed, in order. Iterate it once, with one `for await`. */
export interface EventStream<E> extends AsyncIterableIterator<E, void, undefined> {
  /**
   * The cursor of the last event that was read. Store it, and pass it as `from` to resume after that event, also in
   * another process.
   * `undefined` before the first.
   */
  readonly cursor: string | undefined;
}

export interface EventStreamOptions<E> extends BufferOptions<E> {
  /**
   * Called on the first read: from then on events may be pushed. Returns a function that stops. Called again after a
   * stop for `maxWaitingChars`: then it must resume after the event that was pushed last.
   */
  readonly open: (sink: EventSink<E>) => () => void;
  /**
   * Above this many unread chars (UTF-16 code units) the subscription is stopped until all of them are read: events
   * stay in the server's log meanwhile, and a stopped subscription holds back nothing. Exceeded by at most one event.
   * @default no limit
   */
  readonly maxWaitingChars?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EventSink<E> {
  push(event: E, cursor: string): void;
  /** The reader first gets the buffered events, and then the end or the error. */
  end(error?: unknown): void;
}

/** A reader that waits for the next event. */
interface Reader<E> {
  resolve(result: IteratorResult<E, void>): void;
  reject(error: Error): void;
}

/** Converts pushed events to an async iterator. When `signal` aborts, the reader gets its reason as an error. */
export function createEventStream<E>(options: EventStreamOptions<E>): EventStream<E> {
  const { open, maxWaitingChars = Infinity, signal } = options;
  const buffer = createEventBuffer(options);
  const readers: Reader<E>[] = [];
  let stop: (() => void) | undefined;
  let over: { readonly error?: unknown } | undefined;
  let cursor: string | undefined;
  let isStopped = false;

  const take = ({ event, cursor: at }: BufferedEvent<E>): IteratorResult<E, void> => {
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
    buffer.clear();
    end({ error: signal?.reason });
  };
  const sink: EventSink<E> = {
    push(event, at) {
      if (over !== undefined) return;
      const reader = readers.shift();
      if (reader !== undefined) return reader.resolve(take({ event, cursor: at }));
      buffer.push(event, at);
      if (buffer.chars > maxWaitingChars) pause();
    },
    end: (error) => end(error === undefined ? {} : { error }),
  };
  const pause = () => {
    isStopped = true;
    const dispose = stop;
    stop = () => {};
    dispose?.();
  };
  const begin = () => {
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    isStopped = false;
    stop = undefined;
    stop = open(sink);
    // The stream may already have ended, or exceeded its limit, before `open` has returned.
    if (over !== undefined) stop();
    else if (isStopped) pause();
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
      const entry = buffer.shift();
      if (entry !== undefined) {
        const result = take(entry);
        if (isStopped && buffer.length === 0 && over === undefined) begin();
        return result;
      }
      if (over === undefined) {
        return await new Promise<IteratorResult<E, void>>((resolve, reject) => {
          readers.push({ resolve, reject });
        });
      }
      const { error } = over;
      over = {};
      if (error !== undefined) throw asError(error);
      return { done: true, value: undefined };
    },
    async return() {
      buffer.clear();
      end({});
      return { done: true, value: undefined };
    },
  };
}
