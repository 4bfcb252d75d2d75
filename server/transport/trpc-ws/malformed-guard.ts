import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import { readCall, type Call, type Stop } from './ws-call.ts';

export interface MalformedGuardOptions {
  readonly clock: Clock;
  /** This many messages that mean nothing are borne; one is forgiven every second. @default 64 */
  readonly maxMalformed?: number;
  /** Of those, this many are answered: an answer is up to 146 times as long as what it answers. @default 8 */
  readonly maxMalformedAnswers?: number;
  /** Calls in one message at most. */
  readonly maxBatchSize: number;
  readonly maxCallIdChars: number;
  /** Called once, when there were too many. */
  readonly onFlood: () => void;
}

/** Reads the messages of one connection and counts those that mean nothing. */
export interface MalformedGuard {
  /**
   * The calls in a message; none if it means nothing and enough was answered. A batch over the limit is handed out
   * too, so that each of its calls can be refused.
   *
   * @throws Error that says what is wrong with it, to be answered.
   */
  read(data: Buffer, isBinary: boolean): readonly (Call | Stop)[];
  /** Counts a message that was well-formed and still meant nothing, as a call of an unknown procedure. */
  count(): void;
}

/** A batch over the limit is answered call by call, so that its callers settle; up to here, not beyond. */
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
      // What comes behind a flood is not worth reading: the connection is about to end.
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
