import type { ErrorDetails } from './error-details.ts';

/**
 * Every error code of the protocol: its meaning, whether the same request may succeed later, its tRPC code, and the
 * WebSocket close code if it closes the connection.
 */
export const errorTable = {
  INVALID_INPUT: { meaning: 'the input does not fit its schema', retryable: false, trpc: 'BAD_REQUEST' },
  UNKNOWN_PROCEDURE: { meaning: 'there is no such procedure', retryable: false, trpc: 'NOT_FOUND' },
  RUN_NOT_FOUND: { meaning: 'there is no such run', retryable: false, trpc: 'NOT_FOUND' },
  RUN_EXPIRED: {
    meaning: 'the run was deleted, or removed by retention',
    retryable: false,
    trpc: 'NOT_FOUND',
  },
  ATTEMPT_NOT_FOUND: {
    meaning: 'the run has no such attempt, or the attempt has not ended',
    retryable: false,
    trpc: 'NOT_FOUND',
  },
  RUN_UNREADABLE: {
    meaning: 'the log of the run is damaged; the run cannot be read',
    retryable: false,
    trpc: 'CONFLICT',
  },
  RUN_ENDED: { meaning: 'the run has ended and accepts no commands', retryable: false, trpc: 'CONFLICT' },
  RUN_NOT_ENDED: { meaning: 'the run has not ended yet', retryable: true, trpc: 'CONFLICT' },
  RUN_ID_CONFLICT: {
    meaning: 'the run id was used for a run with another body',
    retryable: false,
    trpc: 'CONFLICT',
  },
  KEY_NOT_FOUND: { meaning: 'there is no such access key', retryable: false, trpc: 'NOT_FOUND' },
  KEY_ID_CONFLICT: {
    meaning: 'the id was used for an access key with another body',
    retryable: false,
    trpc: 'CONFLICT',
  },
  SHARE_NOT_FOUND: { meaning: 'the run has no such link', retryable: false, trpc: 'NOT_FOUND' },
  SHARING_UNAVAILABLE: {
    meaning: 'the server does not authenticate its callers, so links to runs cannot be created',
    retryable: false,
    trpc: 'PRECONDITION_FAILED',
  },
  TOO_MANY_SHARES: {
    meaning: 'the run has too many links',
    retryable: false,
    trpc: 'TOO_MANY_REQUESTS',
  },
  STAGE_MISMATCH: {
    meaning: 'the current stage does not match `expect`',
    retryable: false,
    trpc: 'PRECONDITION_FAILED',
  },
  ILLEGAL_TARGET: {
    meaning: 'the command cannot be applied to this target',
    retryable: false,
    trpc: 'UNPROCESSABLE_CONTENT',
  },
  COMMAND_ID_CONFLICT: {
    meaning: 'the command id was used with another body',
    retryable: false,
    trpc: 'CONFLICT',
  },
  TOO_MANY_PENDING: {
    meaning: 'too many commands of this run are pending',
    retryable: true,
    trpc: 'TOO_MANY_REQUESTS',
  },
  TOO_LARGE: {
    meaning: 'the input or the response exceeds a size limit',
    retryable: false,
    trpc: 'PAYLOAD_TOO_LARGE',
  },
  CURSOR_INVALID: {
    meaning: 'the cursor is not a position in this log',
    retryable: false,
    trpc: 'BAD_REQUEST',
  },
  PROTOCOL_MISMATCH: {
    meaning: 'client and server use different protocol versions',
    retryable: false,
    trpc: 'PRECONDITION_FAILED',
    close: 4409,
  },
  UNAUTHENTICATED: {
    meaning: 'the caller is not authenticated',
    retryable: false,
    trpc: 'UNAUTHORIZED',
    close: 4401,
  },
  FORBIDDEN: {
    meaning: 'the caller is not permitted to do this',
    retryable: false,
    trpc: 'FORBIDDEN',
    close: 4403,
  },
  RATE_LIMITED: {
    meaning: 'too many requests',
    retryable: true,
    trpc: 'TOO_MANY_REQUESTS',
    close: 4429,
  },
  OVERLOADED: {
    meaning: 'the server has no capacity for the request at the moment',
    retryable: true,
    trpc: 'SERVICE_UNAVAILABLE',
  },
  DRAINING: { meaning: 'the server is shutting down', retryable: true, trpc: 'SERVICE_UNAVAILABLE' },
  LOG_UNAVAILABLE: {
    meaning: 'the event log cannot be written at the moment',
    retryable: true,
    trpc: 'SERVICE_UNAVAILABLE',
  },
  EXECUTOR_UNREACHABLE: {
    meaning: 'the executor of the run cannot be reached at the moment',
    retryable: true,
    trpc: 'SERVICE_UNAVAILABLE',
  },
  LIMIT_REACHED: { meaning: 'a limit of the run is reached', retryable: false, trpc: 'PRECONDITION_FAILED' },
  INTERNAL: { meaning: 'an internal error of the server', retryable: true, trpc: 'INTERNAL_SERVER_ERROR' },
} as const satisfies Record<string, ErrorRow>;

interface ErrorRow {
  readonly meaning: string;
  readonly retryable: boolean;
  readonly trpc: string;
  readonly close?: number;
}

export type ErrorCode = keyof typeof errorTable;

/** Every failure code, with its meaning. A failure is part of an event. */
export const failureTable = {
  PROVIDER_UNAVAILABLE: 'the provider could not be reached, was overloaded, or failed',
  PROVIDER_REFUSED: 'the provider or its model rejected the request',
  PROVIDER_AUTH: 'the provider rejected the API key',
  PROVIDER_TRUNCATED: 'the stream of the provider ended before the answer was complete',
  PROVIDER_STALLED: 'the provider sent nothing for too long',
  CONTEXT_TOO_LONG: 'the prompt exceeds the context window of the model',
  OUTPUT_INVALID: 'the output of the model is empty or not usable',
  LIMIT_REACHED: 'a limit of the run is reached',
  INTERNAL: 'an internal error of the server',
} as const;

export type FailureCode = keyof typeof failureTable;

/** Close codes of the WebSocket in addition to those of the error table. */
export const closeCodes = {
  authenticationDeadline: 4408,
  slowReader: 4429,
} as const;

/** `error.data.stagewire` of a rejected call. */
export interface WireError {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details?: unknown;
}

/** An error with one code. */
export interface StagewireErrorOf<Code extends ErrorCode> extends Error {
  /** Always `StagewireError`. */
  readonly name: 'StagewireError';
  /** Why the call is rejected. Decide by this; the message is for people. */
  readonly code: Code;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the code is about, typed by code; `undefined` if there is nothing to add. */
  readonly details: ErrorDetails[Code];
}

/**
 * A rejected call, with a code of the protocol. The server throws it, the wire carries it as
 * `error.data.stagewire`, and the client throws it again. A union by `code`: compare it, and `details` has its type.
 */
export type StagewireError = { readonly [Code in ErrorCode]: StagewireErrorOf<Code> }[ErrorCode];

interface StagewireErrorConstructor {
  /** `details` may be left out where `ErrorDetails` has `undefined` for the code. */
  new <Code extends ErrorCode>(
    code: Code,
    message: string,
    ...options: undefined extends ErrorDetails[Code]
      ? [options?: { readonly details?: ErrorDetails[Code]; readonly cause?: unknown }]
      : [options: { readonly details: ErrorDetails[Code]; readonly cause?: unknown }]
  ): Extract<StagewireError, { readonly code: Code }>;
  /** What `instanceof` narrows to. */
  readonly prototype: StagewireError;
}

export const StagewireError = class StagewireError extends Error {
  override readonly name = 'StagewireError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = errorTable[code].retryable;
    this.details = options.details;
  }
} as unknown as StagewireErrorConstructor;
