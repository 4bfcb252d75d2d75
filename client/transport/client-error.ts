/** What can go wrong on the client's side of the wire. A call that the server rejects is a `StagewireError`. */
export const clientErrors = {
  /** No response before the deadline: the call may have been executed. Safe to send again with the same id. */
  OUTCOME_UNKNOWN: 'no response before the deadline; the call may have been executed',
  /** No response to a query before the deadline. `details.reason` is the innermost cause of the last failure. */
  UNREACHABLE: 'the server does not respond',
  /** `close()` was called before the call had ended. */
  CLOSED: 'the connection was closed by this client',
  /** The peer does not speak this protocol: check the url. `details.status` is the HTTP status, if there was one. */
  NOT_STAGEWIRE: 'the answer is not from a Stagewire server',
  /** The server answers over HTTP, but no WebSocket can be opened: a proxy in between does not forward the upgrade. */
  NO_WEBSOCKET: 'no WebSocket can be opened to the server',
  /** HTTP works, but neither WebSockets nor event streams get through: a proxy in between holds them back. */
  NO_EVENTS: 'no live updates get through to the client',
  /** The connection is open, but the server has not responded for a moment. */
  SILENT: 'the server does not respond at the moment',
  /** The answer was larger than `maxAnswerBytes`. */
  ANSWER_TOO_LARGE: 'the answer is too large',
  /** The url given to `connect()` is invalid; the message has the reason. */
  INVALID_URL: 'the url is invalid',
  /** The token given to `connect()`, or the one that its function returned, cannot be sent in a header. */
  INVALID_TOKEN: 'the token cannot be sent',
  /** The server rejected the call with a code that this version does not know; it is in `details`. */
  UNKNOWN_REFUSAL: 'the server rejected the call with an error code that this client does not know',
  /** The events of a run repeatedly came with a gap, or one of them is not an event of this protocol. */
  BROKEN_STREAM: 'the event stream is broken',
} as const;

/** A code of `clientErrors`. */
export type ClientErrorCode = keyof typeof clientErrors;

/** A failure that the server has not reported itself. */
export class StagewireClientError extends Error {
  /** Always `StagewireClientError`. */
  override readonly name = 'StagewireClientError';
  /** What went wrong. Decide by this; the message is for a person. */
  readonly code: ClientErrorCode;
  /** As described at the code in `clientErrors`; `undefined` if nothing is. */
  readonly details: unknown;

  constructor(code: ClientErrorCode, message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}
