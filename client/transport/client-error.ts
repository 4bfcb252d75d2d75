/** What can go wrong on the client's side of the wire; a server's own refusal is a `StagewireError`. */
export const clientErrors = {
  /** The server may or may not have done it: no answer came before the deadline. Safe to send again with its id. */
  OUTCOME_UNKNOWN: 'no answer came before the deadline',
  /** A question was not answered before the deadline. `details.reason` is the last failure's innermost cause, in words. */
  UNREACHABLE: 'the server did not answer before the deadline',
  /** `close()` was called while something was under way. */
  CLOSED: 'the connection was closed by this client',
  /** Something answered that does not speak this protocol: look at the url. `details.status` is the HTTP status. */
  NOT_STAGEWIRE: 'the answer is not that of a Stagewire server',
  /** The server answers over HTTP, and no WebSocket comes through: a proxy in between does not pass the upgrade on. */
  NO_WEBSOCKET: 'no WebSocket comes through to the server',
  /** The answer was longer than `maxAnswerBytes`. */
  ANSWER_TOO_LARGE: 'the answer is too long',
  /** The url given to `connect()` cannot be used; the message says why. */
  INVALID_URL: 'the url is not that of a server',
  /** The token given to `connect()`, or what its function gave, cannot be sent in a header. */
  INVALID_TOKEN: 'the token cannot be sent',
  /** The server refused with a code that this version does not know; it is in `details`. */
  UNKNOWN_REFUSAL: 'the server refused with a code of a later version',
  /** The events of a run came with a gap, again and again, or one of them is none that this protocol knows. */
  BROKEN_STREAM: 'the stream of events is broken',
} as const;

/** A code of `clientErrors`. */
export type ClientErrorCode = keyof typeof clientErrors;

/** A failure that is not the server's verdict. */
export class StagewireClientError extends Error {
  /** Always `StagewireClientError`. */
  override readonly name = 'StagewireClientError';
  /** What went wrong: go by this, the message is for a person. */
  readonly code: ClientErrorCode;
  /** What `clientErrors` says for the code; `undefined` if it says nothing. */
  readonly details: unknown;

  constructor(code: ClientErrorCode, message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}
