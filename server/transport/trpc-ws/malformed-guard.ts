import type { Clock } from '../../runtime/clock.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { readCall, type Call, type Stop } from './ws-call.ts';

/** The same for all connections. */
export interface MalformedGuardOptions {
  readonly clock: Clock;
  /** This many messages that mean nothing are borne; one is forgiven every second. @default 64 */
  readonly maxMalformed?: number;
  /** Of those, this many are answered: an answer is up to 146 times as long as what it answers. @default 8 */
  readonly maxMalformedAnswers?: number;
  /** Calls in one message at most. */
  readonly maxBatchSize: number;
  readonly maxCallIdChars: number;
  /** Called once per connection, when there were too many. */
  readonly onFlood: (socket: EngineSocket) => void;
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
    this.#countedAtMs = options.clock.now();
  }

  count(): void {
    this.#add(1);
  }

  read(data: Buffer, isBinary: boolean): readonly (Call | Stop)[] {
    // What comes behind a flood is not worth reading: the connection is about to end.
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
    const nowMs = clock.now();
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
  if (isBinary) throw new Error('Messages are JSON in text frames; this one was binary.');
  const message: unknown = JSON.parse(data.toString());
  const calls: readonly unknown[] = Array.isArray(message) ? message : [message];
  if (calls.length === 0) throw new Error('The batch is empty.');
  if (calls.length > maxBatchSize * answeredBatchFactor) {
    throw new Error(`A message may hold ${maxBatchSize} calls; this one held ${calls.length}.`);
  }
  return calls.map((call) => readCall(call, maxCallIdChars));
}
