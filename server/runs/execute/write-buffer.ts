import { continuesDelta, isDelta, type EventBody } from '@stagewire/shared';

export interface WriteBufferOptions {
  /** Chars of buffered deltas that are coalesced into one. */
  readonly maxJoinedChars: number;
  /**
   * What may wait for the log, in bytes: text at two per UTF-16 unit, and 300 for each event; output whose append is in progress
   * included. Beyond it the provider's stream is not read until the log has taken it. @default 1000000
   */
  readonly maxUnwrittenBytes?: number;
  /** Counts the deltas that were coalesced. @default they are not counted */
  readonly counted?: { mergedDeltas: number } | undefined;
  /**
   * Charges memory for output that waits, in bytes, or releases some. Without memory the stream is not read until the run's own
   * output is written. @returns false if there is none. @default no limit of all runs together
   */
  readonly chargeUnwritten?: ((bytes: number) => boolean) | undefined;
}

/** Output of a run's model that waits for the next append, in order. */
export interface WriteBuffer {
  readonly isEmpty: boolean;
  add(body: EventBody): void;
  /** Returns and clears the buffer. What it returns counts as unwritten until `settle`. */
  take(): readonly EventBody[];
  /** The append of what was taken has ended. */
  settle(): void;
  /** Drops what waits. */
  clear(): void;
  /** Resolves when the unwritten output is below its limit; `undefined` if it is now. */
  drained(): Promise<void> | undefined;
}

/** Estimated memory of an event without its text: a model may switch between text and reasoning at each character. */
const bodyBytes = 300;
/** Output of a run that is not charged, in bytes: in ordinary operation each token would be charged and released. */
const unchargedBytes = 16_384;
const stepBytes = 65_536;

/**
 * Coalesces consecutive deltas while they wait: they become visible at the same moment anyway, and with a dozen
 * tokens of each of five hundred runs per turn of the event loop, separate rows would take most of its time.
 */
export function createWriteBuffer(options: WriteBufferOptions): WriteBuffer {
  const { maxJoinedChars, maxUnwrittenBytes = 1_000_000, counted, chargeUnwritten = () => true } = options;
  let bodies: EventBody[] = [];
  let bytes = 0;
  let appendedBytes = 0;
  let chargedBytes = 0;
  let isOutOfMemory = false;
  let emptied: PromiseWithResolvers<void> | undefined;

  function join(first: EventBody | undefined, second: EventBody): EventBody | undefined {
    if (first === undefined || !isDelta(first) || !isDelta(second)) return undefined;
    if (!continuesDelta(first, second)) return undefined;
    if (first.text.length + second.text.length > maxJoinedChars) return undefined;
    return { ...first, text: first.text + second.text };
  }

  const isFull = () => isOutOfMemory || bytes + appendedBytes >= maxUnwrittenBytes;

  /** Charges or releases what the unwritten output needs. */
  function recharge(): void {
    const neededBytes = Math.max(0, bytes + appendedBytes - unchargedBytes);
    const wantedBytes = Math.ceil(neededBytes / stepBytes) * stepBytes;
    isOutOfMemory = wantedBytes !== chargedBytes && !chargeUnwritten(wantedBytes - chargedBytes);
    if (!isOutOfMemory) chargedBytes = wantedBytes;
    if (isFull()) return;
    emptied?.resolve();
    emptied = undefined;
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
      } else {
        bodies[bodies.length - 1] = joined;
        if (counted !== undefined) counted.mergedDeltas += 1;
      }
      if (bytes + appendedBytes > chargedBytes + unchargedBytes) recharge();
    },
    take() {
      const taken = bodies;
      bodies = [];
      appendedBytes += bytes;
      bytes = 0;
      return taken;
    },
    settle() {
      appendedBytes = 0;
      if (chargedBytes > 0 || emptied !== undefined) recharge();
    },
    clear() {
      bodies = [];
      bytes = 0;
      if (chargedBytes > 0 || emptied !== undefined) recharge();
    },
    drained() {
      if (!isFull()) return undefined;
      emptied ??= Promise.withResolvers();
      return emptied.promise;
    },
  };
}
