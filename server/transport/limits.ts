/** Every limit of the transport, with its default. */
export const defaultTransportLimits = {
  /**
   * Bytes of one message over WebSocket, or of one HTTP body: the biggest `runs.start` fits. Its files (1,000,000
   * characters), task (100,000), instructions (seven times 20,000), paths and labels are at most some 1.3 million
   * UTF-16 units, and JSON may write each of them as six bytes, `\\uXXXX`, as Python's does by default.
   */
  maxMessageBytes: 8 * 1024 * 1024,
  /**
   * Connections at the same time, WebSockets and HTTP together; one more is dropped by the system, without a word.
   * It bounds what streams and answers on their way can hold.
   */
  maxConnections: 10_000,
  /** Subscriptions that one WebSocket carries at the same time. */
  maxSubscriptions: 256,
  /**
   * Calls in one message over WebSocket. More than `maxSubscriptions`: a client that reconnects sends all of its
   * subscriptions in one batch, and a refused batch would end every one of them.
   */
  maxBatchSize: 512,
  /**
   * Chars of a WebSocket call's id, where it is text. Every answer repeats it, and a subscription and the last message
   * of each event keep it: ids of some megabytes would take the server's memory with a few messages.
   */
  maxCallIdChars: 128,
  /**
   * Requests of one HTTP connection that are under way at the same time; one more cuts it. Who pipelines may send hundreds
   * in one packet, and each is held until those before it have been answered.
   */
  maxPipelinedRequests: 4,
  /** Calls in one HTTP request. */
  maxHttpBatchSize: 64,
  /** Queries and mutations of one WebSocket that are under way at the same time; the others wait. */
  maxCallsInFlight: 16,
  /** Unsent bytes above which a reader counts as backed up and is not fed. */
  highWaterMarkBytes: 256 * 1024,
  /**
   * Bytes of one answer, and of all answers of one HTTP request. Above what a run of the greatest length needs: its text
   * of 16,000,000 UTF-16 units is rarely more than 50 MB of JSON.
   */
  maxAnswerBytes: 128 * 1024 * 1024,
  /** How long an answer may wait for memory before its call is refused with OVERLOADED. */
  answerWaitMs: 10_000,
  /** Bytes of a begun message or body that are not counted: nearly every message is smaller. */
  freeMessageBytes: 64 * 1024,
  /** How long a begun WebSocket message, or an HTTP body above `freeMessageBytes`, may bring nothing before it is refused. */
  messageIdleMs: 15_000,
  /** How long a WebSocket message may take as a whole: the greatest one over 70,000 bytes/s. */
  messageDeadlineMs: 120_000,
  /** How long a reader that is backed up may take next to nothing before it is let go. */
  slowReaderMs: 30_000,
  /**
   * What a reader that is backed up must take on an average of `slowReaderMs`, and of `pongWaitMs` before a ping: one that
   * takes a few bytes now and then would hold what waits for it, up to an answer of `maxAnswerBytes`, for days, and all
   * others share the room. A modem of 32 kbit/s, shared by four connections, is as slow.
   */
  minReaderBytesPerSecond: 1000,
  /** How long a closed WebSocket may take to finish before it is terminated. */
  terminateAfterMs: 2_000,
  /** How long after the last sign of life the next WebSocket ping goes out. */
  pingMs: 25_000,
  /** How long a peer may take to answer a ping. */
  pongWaitMs: 35_000,
  /** Bytes of a request's headers: all ports of `localhost` share their cookies, which are soon more than Node's 16 KiB. */
  maxHeaderBytes: 64 * 1024,
  /** How long the headers of a request may take to arrive. */
  headersTimeoutMs: 15_000,
  /**
   * How long a whole request may take to arrive: a body that drips in for longer is cut. The largest start that the
   * contract allows, as UTF-8, needs 32,000 bytes per second for it.
   */
  requestTimeoutMs: 120_000,
  /** How long a client that announced connection parameters may take to send them. */
  authenticationDeadlineMs: 10_000,
  /** How long a refused client may go on calling, to be told why, before its connection is closed. */
  refusalGraceMs: 1_000,
  /** Messages without a meaning that one WebSocket may send at once; one is forgiven every second. */
  maxMalformed: 64,
  /** Of those, how many are answered. */
  maxMalformedAnswers: 8,
  /** Without a byte for so long the rest of a body that was refused is not waited for any more. */
  lingerMs: 500,
  /** How long `close` waits for open connections before it cuts them. */
  closeGraceMs: 2_000,
} as const;

export type TransportLimits = { readonly [K in keyof typeof defaultTransportLimits]: number };

/** @throws RangeError if a reconnecting client could not get its subscriptions back. */
export function resolveTransportLimits(limits: Partial<TransportLimits> = {}): TransportLimits {
  const resolved = { ...defaultTransportLimits, ...limits };
  if (resolved.maxBatchSize <= resolved.maxSubscriptions) {
    throw new RangeError(
      `maxBatchSize (${resolved.maxBatchSize}) must be above maxSubscriptions (${resolved.maxSubscriptions}): a client that reconnects sends all of its subscriptions in one batch`,
    );
  }
  return resolved;
}
