import { continuesDelta, isDelta, type EventBody } from '@stagewire/shared';

export interface WriteBufferOptions {
  /** Chars of buffered deltas that are coalesced into one. */
  readonly maxJoinedChars: number;
  /**
   * What may wait, in bytes: text at two per UTF-16 unit, and 300 for each event. Beyond it the provider's stream is not read on, as long as the
   * log takes nothing. @default 1000000
   */
  readonly maxUnwrittenBytes?: number;
}

/** Output of a run's model that waits for the next append, in order. */
export interface WriteBuffer {
  readonly isEmpty: boolean;
  add(body: EventBody): void;
  /** Returns and clears the buffer. */
  take(): readonly EventBody[];
  /** Resolves when the buffer is below its limit; `undefined` if it is now. */
  drained(): Promise<void> | undefined;
}

/** Estimated memory of an event without its text: a model may switch between text and reasoning at each character. */
const bodyBytes = 300;

/**
 * Coalesces consecutive deltas while they wait: they become visible at the same moment anyway, and with a dozen
 * tokens of each of five hundred runs per turn of the event loop, separate rows would take most of its time.
 */
export function createWriteBuffer(options: WriteBufferOptions): WriteBuffer {
  const { maxJoinedChars, maxUnwrittenBytes = 1_000_000 } = options;
  let bodies: EventBody[] = [];
  let bytes = 0;
  let emptied: PromiseWithResolvers<void> | undefined;

  function join(first: EventBody | undefined, second: EventBody): EventBody | undefined {
    if (first === undefined || !isDelta(first) || !isDelta(second)) return undefined;
    if (!continuesDelta(first, second)) return undefined;
    if (first.text.length + second.text.length > maxJoinedChars) return undefined;
    return { ...first, text: first.text + second.text };
  }

  return {
    get isEmpty() {
      return bodies.length === 0;
    },
    add(body) {
      if (isDelta(body)) bytes += body.text.length * 2;
      const joined = join(bodies.at(-1), body);
      if (joined === undefined) {
        bytes += bodyBytes;
        bodies.push(body);
      } else bodies[bodies.length - 1] = joined;
    },
    take() {
      const taken = bodies;
      bodies = [];
      bytes = 0;
      emptied?.resolve();
      emptied = undefined;
      return taken;
    },
    drained() {
      if (bytes < maxUnwrittenBytes) return undefined;
      emptied ??= Promise.withResolvers();
      return emptied.promise;
    },
  };
}
