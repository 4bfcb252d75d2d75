import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import { readCall, type Call, type Stop } from './ws-call.ts';

export interface MalformedGuardOptions {
  readonly clock: Clock;
  /** Malformed messages that are tolerated; the allowance refills by one per second. @default 64 */
  readonly maxMalformed?: number;
  /** How many of those are answered: an answer is up to 146 times as long as the message. @default 8 */
  readonly maxMalformedAnswers?: number;
  /** Maximum calls in one message. */
  readonly maxBatchSize: number;
  readonly maxCallIdChars: number;
  /** Called once, when the limit is exceeded. */
  readonly onFlood: () => void;
}

/** Parses the messages of one connection and counts malformed ones. */
export interface MalformedGuard {
  /**
   * The calls in a message; none if it is malformed and enough were answered. A batch over the limit is
   * returned too, so that each of its calls can be rejected.
   *
   * @throws Error with the problem, to be answered.
   */
  read(data: Buffer, isBinary: boolean): readonly (Call | Stop)[];
  /** Counts a well-formed message that is invalid otherwise, such as a call of an unknown procedure. */
  count(): void;
}

/** A batch over the limit is rejected call by call, so that its callers settle; up to this factor. */
const answeredBatchFactor = 4;
const oversizeBatchWeight = 8;

export function createMalformedGuard(options: MalformedGuardOptions): MalformedGuard {
  const { clock, maxMalformed = 64, maxMalformedAnswers = 8, onFlood } = options;
  let counted = 0;
  let countedAt = clock.now();
  let answered = 0;
  let flooded = false;

  function count(weight = 1): void {
    const now = clock.now();
    counted = Math.max(0, counted - Math.max(0, now - countedAt) / 1000) + weight;
    countedAt = now;
    if (counted <= maxMalformed || flooded) return;
    flooded = true;
    onFlood();
  }

  return {
    count: () => count(),
    read(data, isBinary) {
      // Messages after a flood are not parsed: the connection is closing.
      if (flooded) return [];
      try {
        const calls = parse(data, isBinary, options);
        if (calls.length > options.maxBatchSize) count(oversizeBatchWeight);
        return calls;
      } catch (error) {
        count();
        answered += 1;
        if (answered > maxMalformedAnswers) return [];
        throw error;
      }
    },
  };
}

function parse(
  data: Buffer,
  isBinary: boolean,
  { maxBatchSize, maxCallIdChars }: MalformedGuardOptions,
): readonly (Call | Stop)[] {
  if (isBinary) throw wireErrors.INVALID_INPUT.binaryFrame();
  const message: unknown = JSON.parse(data.toString());
  const calls: readonly unknown[] = Array.isArray(message) ? message : [message];
  if (calls.length === 0) throw wireErrors.INVALID_INPUT.emptyBatch();
  if (calls.length > maxBatchSize * answeredBatchFactor) {
    throw wireErrors.INVALID_INPUT.batchTooLarge(maxBatchSize);
  }
  return calls.map((call) => readCall(call, maxCallIdChars));
}
