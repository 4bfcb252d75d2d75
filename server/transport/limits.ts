/** Every limit of the transport, with its default. */
export const defaultTransportLimits = {
  /**
   * Bytes of one message over WebSocket, or of one HTTP body: the largest `runs.start` fits. Its files
   * (1,000,000 characters), task (100,000), instructions (seven times 20,000), paths and labels are at most
   * some 1.3 million UTF-16 units, and JSON may write each of them as six bytes, `\\uXXXX`, as Python's does by
   * default.
   */
  maxMessageBytes: 8 * 1024 * 1024,
  /**
   * Connections at the same time, WebSockets and HTTP together; the system drops further ones without a
   * response. Limits the memory of streams and answers in flight.
   */
  maxConnections: 10_000,
  /** Subscriptions of one WebSocket at the same time. */
  maxSubscriptions: 256,
  /**
   * Calls in one message over WebSocket. More than `maxSubscriptions`: a client that reconnects sends all its
   * subscriptions in one batch, and a rejected batch would end all of them.
   */
  maxBatchSize: 512,
  /**
   * Chars of a WebSocket call's id, where it is text. Every answer repeats it, and a subscription and the last
   * message of each event keep it: ids of some megabytes would exhaust the memory with a few messages.
   */
  maxCallIdChars: 128,
  /**
   * Requests of one HTTP connection in flight at the same time; one more closes it. A pipelining client may
   * send hundreds in one packet, and each is kept until those before it have been answered.
   */
  maxPipelinedRequests: 4,
  /** Calls in one HTTP request. */
  maxHttpBatchSize: 64,
  /** Queries and mutations of one WebSocket in flight at the same time; others wait. */
  maxCallsInFlight: 16,
  /** Unsent bytes above which a client counts as backed up and is sent nothing more (backpressure). */
  highWaterMarkBytes: 256 * 1024,
  /**
   * Bytes of one answer, and of all answers of one HTTP request. Above the needs of the longest run: its text
   * of 16,000,000 UTF-16 units is rarely more than 50 MB of JSON.
   */
  maxAnswerBytes: 128 * 1024 * 1024,
  /** How long an answer may wait for memory before its call is rejected with OVERLOADED. */
  answerWaitMs: 10_000,
  /** Bytes of a partial message or body that are not charged: nearly every message is smaller. */
  freeMessageBytes: 64 * 1024,
  /**
   * How long a partial WebSocket message, or an HTTP body above `freeMessageBytes`, may stall before it is rejected.
   */
  messageIdleMs: 15_000,
  /** Deadline of a whole WebSocket message: the largest one at 70,000 bytes/s. */
  messageDeadlineMs: 120_000,
  /** How long a slow consumer may read next to nothing before it is disconnected. */
  slowReaderMs: 30_000,
  /**
   * Average rate at which a backed-up client must read, over `slowReaderMs`, and over `pongWaitMs` before a ping: one that
   * reads a few bytes now and then would keep its backlog, up to an answer of `maxAnswerBytes`, in the shared memory for
   * days. A modem of 32 kbit/s, shared by four connections, is as slow.
   */
  minReaderBytesPerSecond: 1000,
  /** How long a closing WebSocket may take before it is terminated. */
  terminateAfterMs: 2_000,
  /** Idle time after which a WebSocket ping is sent. */
  pingMs: 25_000,
  /** How long a peer may take to answer a ping. */
  pongWaitMs: 35_000,
  /** Bytes of a request's headers: all ports of `localhost` share their cookies, which often exceed Node's 16 KiB. */
  maxHeaderBytes: 64 * 1024,
  /** How long the headers of a request may take to arrive. */
  headersTimeoutMs: 15_000,
  /**
   * How long a whole request may take to arrive. The largest start of the contract, as UTF-8, needs 32,000
   * bytes per second for it.
   */
  requestTimeoutMs: 120_000,
  /** How long a client that announced connection parameters may take to send them. */
  authenticationDeadlineMs: 10_000,
  /** How long a rejected client may make calls, to get the error, before its connection is closed. */
  refusalGraceMs: 1_000,
  /** Malformed messages that one WebSocket may send at once; the allowance refills by one per second. */
  maxMalformed: 64,
  /** How many of those are answered. */
  maxMalformedAnswers: 8,
  /** The rest of a rejected body is awaited until no byte has come for this long. */
  lingerMs: 500,
  /** How long `close` waits for open connections before it destroys them. */
  closeGraceMs: 2_000,
} as const;

export type TransportLimits = { readonly [K in keyof typeof defaultTransportLimits]: number };

/** @throws RangeError if a reconnecting client could not restore its subscriptions. */
export function resolveTransportLimits(limits: Partial<TransportLimits> = {}): TransportLimits {
  const resolved = { ...defaultTransportLimits, ...limits };
  if (resolved.maxBatchSize <= resolved.maxSubscriptions) {
    throw new RangeError(
      `maxBatchSize (${resolved.maxBatchSize}) must be above maxSubscriptions (${resolved.maxSubscriptions}): a client that reconnects sends all of its subscriptions in one batch`,
    );
  }
  return resolved;
}
