import { continuesDelta, isDelta, type EventBody } from '@stagewire/shared';

export interface WriteBufferOptions {
  /** Deltas that wait together are recorded as one of at most so many chars. */
  readonly maxJoinedChars: number;
}

/** Output of a run's model that waits for the next append, in order. */
export interface WriteBuffer {
  readonly isEmpty: boolean;
  add(body: EventBody): void;
  /** All of it; the buffer is empty afterwards. */
  take(): readonly EventBody[];
}

/**
 * Deltas that continue the one before are joined while they wait: they become visible at the same moment in any case,
 * and when a turn of the event loop brings a dozen tokens of each of five hundred runs, most of its time would go into
 * a dozen rows for each of them.
 */
export function createWriteBuffer({ maxJoinedChars }: WriteBufferOptions): WriteBuffer {
  let bodies: EventBody[] = [];

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
      const joined = join(bodies.at(-1), body);
      if (joined === undefined) bodies.push(body);
      else bodies[bodies.length - 1] = joined;
    },
    take() {
      const taken = bodies;
      bodies = [];
      return taken;
    },
  };
}
