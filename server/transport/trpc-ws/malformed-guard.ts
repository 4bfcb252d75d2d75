import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { readCall, type Call, type Stop } from './ws-call.ts';

/** The same for all connections. */
export interface MalformedGuardOptions {
  readonly clock: Clock;
  /** Malformed messages that are tolerated; the allowance refills by one per second. @default 64 */
  readonly maxMalformed?: number;
  /** How many of those are answered: an answer is up to 146 times as long as the message. @default 8 */
  readonly maxMalformedAnswers?: number;
  /** Maximum calls in one message. */
  readonly maxBatchSize: number;
  readonly maxCallIdChars: number;
  /** Called once per connection, when there were too many. */
  readonly onFlood: (socket: EngineSocket) => void;
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

export function createMalformedGuard(options: MalformedGuardOptions, socket: EngineSocket): MalformedGuard {
  return new CountingGuard(options, socket);
}

class CountingGuard implements MalformedGuard {
  readonly #options: MalformedGuardOptions;
  readonly #socket: EngineSocket;
  #counted = 0;
  #countedAtMs: number;
  #answered = 0;
  #flooded = false;

  constructor(options: MalformedGuardOptions, socket: EngineSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#countedAtMs = options.clock.elapsed();
  }

  count(): void {
    this.#add(1);
  }

  read(data: Buffer, isBinary: boolean): readonly (Call | Stop)[] {
    // Messages after a flood are not parsed: the connection is closing.
    if (this.#flooded) return [];
    const { maxBatchSize, maxMalformedAnswers = 8 } = this.#options;
    try {
      const calls = parse(data, isBinary, this.#options);
      if (calls.length > maxBatchSize) this.#add(oversizeBatchWeight);
      return calls;
    } catch (error) {
      this.#add(1);
      this.#answered += 1;
      if (this.#answered > maxMalformedAnswers) return [];
      throw error;
    }
  }

  #add(weight: number): void {
    const { clock, maxMalformed = 64, onFlood } = this.#options;
    const nowMs = clock.elapsed();
    const expired = Math.max(0, nowMs - this.#countedAtMs) / 1000;
    this.#counted = Math.max(0, this.#counted - expired) + weight;
    this.#countedAtMs = nowMs;
    if (this.#counted <= maxMalformed || this.#flooded) return;
    this.#flooded = true;
    onFlood(this.#socket);
  }
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
