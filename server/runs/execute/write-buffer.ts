import { continuesDelta, isDelta, type EventBody } from '@stagewire/shared';

export interface UnwrittenOptions {
  /** Deltas that wait together are recorded as one of at most so many chars. */
  readonly maxJoinedChars: number;
}

/** What a run's model has said and its log has not taken yet, in order. */
export interface Unwritten {
  readonly isEmpty: boolean;
  add(body: EventBody): void;
  /** Hands out all of it, and is empty. */
  take(): readonly EventBody[];
}

/**
 * Deltas that go on where the one before ends are joined while they wait: they will become visible at the same
 * moment in any case, and when a turn of the event loop brings a dozen tokens of each of five hundred runs, most of
 * its time would go into a dozen rows for each of them.
 */
export function createUnwritten({ maxJoinedChars }: UnwrittenOptions): Unwritten {
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
