import { errorTable, StagewireError, type ErrorDetails } from '@stagewire/shared';
import { TRPCClientError } from '@trpc/client';
import { StagewireClientError } from './client-error.ts';
import type { ErrorCode } from '../generated/contract.ts';

/** Statuses below 500 that say nothing about the request itself. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * What a failed call says for certain: the server's refusal, or that there is no such server. `undefined` if
 * nothing is certain (a lost socket, a lost reply, a proxy's 502): then the outcome is unknown.
 */
export function parseError(error: unknown): StagewireError | StagewireClientError | undefined {
  if (error instanceof StagewireError || error instanceof StagewireClientError) return error;
  if (!(error instanceof TRPCClientError)) return undefined;
  if (error.cause instanceof StagewireClientError) return error.cause;
  // What the server refuses before any procedure has not all that tRPC wants of an error: it is in the meta.
  const body = member(error.meta, 'responseJSON');
  const data: unknown = error.data ?? member(member(body, 'error'), 'data');
  const said = member(member(body, 'error'), 'message');
  const message = typeof said === 'string' ? said : error.message;
  const refusal = refusalIn({ error: { message, data } });
  if (refusal !== undefined) return refusal;
  const status = member(data, 'httpStatus') ?? member(member(error.meta, 'response'), 'status');
  return typeof status === 'number' && isFinal(status) ? notStagewire(status, message) : undefined;
}

/** The server's refusal in the body of an answer; `undefined` if it is none. */
export function refusalIn(body: unknown): StagewireError | StagewireClientError | undefined {
  return errorIn(body).refusal;
}

/** The server's refusal in the body of an answer, and its message; each `undefined` if there is none. */
export function errorIn(body: unknown): {
  readonly refusal?: StagewireError | StagewireClientError | undefined;
  readonly message?: string | undefined;
} {
  const error = member(body, 'error');
  const refusal = member(member(error, 'data'), 'stagewire');
  const code = member(refusal, 'code');
  const said = member(error, 'message');
  const message = typeof said === 'string' ? said : undefined;
  return {
    refusal: typeof code === 'string' ? refusalOf(code, message ?? code, refusal) : undefined,
    message,
  };
}

/** Is this the status of an answer that will not change by asking again? */
export function isFinal(status: number): boolean {
  return status < 500 && !passingStatuses.has(status);
}

export function notStagewire(status: number, said: string): StagewireClientError {
  return new StagewireClientError(
    'NOT_STAGEWIRE',
    `The answer (HTTP ${status}) is not from a Stagewire server: ${said}. Check the url given to connect().`,
    { details: { status } },
  );
}

function refusalOf(code: string, message: string, refusal: unknown): StagewireError | StagewireClientError {
  if (!isErrorCode(code)) {
    return new StagewireClientError('UNKNOWN_REFUSAL', `Unknown error code ${code}: ${message}`, {
      details: refusal,
    });
  }
  const details = member(refusal, 'details');
  const isMissing = typeof details !== 'object' || details === null;
  return new StagewireError(code, message, { details: isMissing && code in alwaysDetailed ? {} : details });
}

/** Codes whose details are an object by their type: so it is, though a server of another version may leave it out. */
const alwaysDetailed = {
  RUN_NOT_FOUND: true,
  RUN_EXPIRED: true,
  ATTEMPT_NOT_FOUND: true,
  RUN_UNREADABLE: true,
  RUN_ENDED: true,
  RUN_NOT_ENDED: true,
  RUN_ID_CONFLICT: true,
  SHARE_NOT_FOUND: true,
  TOO_MANY_SHARES: true,
  KEY_NOT_FOUND: true,
  KEY_ID_CONFLICT: true,
  STAGE_MISMATCH: true,
  ILLEGAL_TARGET: true,
  COMMAND_ID_CONFLICT: true,
  TOO_MANY_PENDING: true,
  PROTOCOL_MISMATCH: true,
  EXECUTOR_UNREACHABLE: true,
  LIMIT_REACHED: true,
} satisfies {
  readonly [Code in keyof ErrorDetails as undefined extends ErrorDetails[Code] ? never : Code]: true;
};

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
