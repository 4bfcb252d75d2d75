import { continuesDelta, isDelta, type EventBody } from '@stagewire/shared';

export interface WriteBufferOptions {
  /** Deltas that wait together are recorded as one of at most so many chars. */
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
  /** All of it; the buffer is empty afterwards. */
  take(): readonly EventBody[];
  /** Resolves when there is room for more; `undefined` if there is. */
  room(): Promise<void> | undefined;
}

/** About what an event takes beside its text: a model may change between text and reasoning with each character. */
const bodyBytes = 300;

/**
 * Deltas that continue the one before are joined while they wait: they become visible at the same moment in any case,
 * and when a turn of the event loop brings a dozen tokens of each of five hundred runs, most of its time would go into
 * a dozen rows for each of them.
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
    room() {
      if (bytes < maxUnwrittenBytes) return undefined;
      emptied ??= Promise.withResolvers();
      return emptied.promise;
    },
  };
}
