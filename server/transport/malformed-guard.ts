import { parseTRPCMessage } from '@trpc/server/rpc';
import type { Clock } from '../runtime/clock.ts';

export interface MalformedGuardOptions {
  readonly clock: Clock;
  /** This many messages that mean nothing are borne; one is forgiven every second. @default 64 */
  readonly maxMalformed?: number;
  /** Of those, this many are answered: an answer is up to 146 times as long as what it answers. @default 8 */
  readonly maxMalformedAnswers?: number;
  /** Calls in one message at most. */
  readonly maxBatchSize: number;
  /** The first message is not a call but the connection's parameters. */
  readonly expectsParameters: boolean;
  /** Called once, when there were too many. */
  readonly onFlood: () => void;
}

/** Reads the messages of one connection and counts those that mean nothing. */
export interface MalformedGuard {
  /** The message's JSON; an empty batch, which nobody answers, if it means nothing and enough was answered. */
  decode(data: string | ArrayBuffer | Uint8Array): unknown;
  /** Counts a message that was well-formed and still meant nothing, as a call of an unknown procedure. */
  count(weight?: number): void;
}

const identity = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const transformer = { input: identity, output: identity };

/** A batch over the limit is answered call by call, so that its callers settle; up to here, not beyond. */
const answeredBatchFactor = 4;
const oversizeBatchWeight = 8;

export function createMalformedGuard(options: MalformedGuardOptions): MalformedGuard {
  const { clock, maxMalformed = 64, maxMalformedAnswers = 8, maxBatchSize, onFlood } = options;
  let counted = 0;
  let countedAt = clock.now();
  let answered = 0;
  let flooded = false;
  let expectsParameters = options.expectsParameters;

  function count(weight = 1): void {
    const now = clock.now();
    counted = Math.max(0, counted - Math.max(0, now - countedAt) / 1000) + weight;
    countedAt = now;
    if (counted <= maxMalformed || flooded) return;
    flooded = true;
    onFlood();
  }

  return {
    count,
    decode(data) {
      // What comes behind a flood is not worth reading: the connection is about to end.
      if (flooded) return [];
      try {
        const message = parse(data);
        if (Array.isArray(message) && message.length > maxBatchSize) count(oversizeBatchWeight);
        return message;
      } catch (error) {
        count();
        answered += 1;
        if (answered > maxMalformedAnswers) return [];
        throw error;
      }
    },
  };

  function parse(data: string | ArrayBuffer | Uint8Array): unknown {
    if (typeof data !== 'string') throw new Error('Messages are JSON in text frames; this one was binary.');
    const message: unknown = JSON.parse(data);
    if (expectsParameters) {
      expectsParameters = false;
      return message;
    }
    const calls: readonly unknown[] = Array.isArray(message) ? message : [message];
    if (calls.length === 0) throw new Error('The batch is empty.');
    if (calls.length > maxBatchSize * answeredBatchFactor) {
      throw new Error(`A message may hold ${maxBatchSize} calls; this one held ${calls.length}.`);
    }
    for (const call of calls) {
      if (parseTRPCMessage(call, transformer).id === null) throw new Error('A call needs an id.');
    }
    return message;
  }
}
