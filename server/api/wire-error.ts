import { errorTable, StagewireError } from '@stagewire/shared';
import type { WireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { TRPCError } from '@trpc/server';
import type { TRPCDefaultErrorShape, TRPC_ERROR_CODE_KEY } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import { LogUnavailable, RunMissing, RunUnreadable } from '../log/event-log.ts';
import { areOnlyTooLarge, describeIssues, shorten } from './input-issues.ts';

/** An error as every client of this router gets it. */
export type WireErrorShape = TRPCDefaultErrorShape & {
  readonly data: TRPCDefaultErrorShape['data'] & { readonly stagewire: WireError };
};

/** tRPC's own errors, by code. Any other code is a defect of the server. */
const codesOfTrpc: Readonly<
  Partial<Record<TRPC_ERROR_CODE_KEY, 'INVALID_INPUT' | 'UNKNOWN_PROCEDURE' | 'TOO_LARGE'>>
> = {
  PARSE_ERROR: 'INVALID_INPUT',
  BAD_REQUEST: 'INVALID_INPUT',
  METHOD_NOT_SUPPORTED: 'INVALID_INPUT',
  UNSUPPORTED_MEDIA_TYPE: 'INVALID_INPUT',
  UNPROCESSABLE_CONTENT: 'INVALID_INPUT',
  NOT_FOUND: 'UNKNOWN_PROCEDURE',
  PAYLOAD_TOO_LARGE: 'TOO_LARGE',
};

/** A call's error as the protocol has it. No internals of the server are in it. @param path of the procedure */
export function toStagewireError(error: TRPCError, path = ''): StagewireError {
  const { cause } = error;
  if (cause instanceof StagewireError) return cause;
  if (cause instanceof LogUnavailable) return wireErrors.LOG_UNAVAILABLE.general(cause);
  if (cause instanceof RunUnreadable) return wireErrors.RUN_UNREADABLE(cause.runId, cause.message);
  // The run existed when the subscription started.
  if (cause instanceof RunMissing) return wireErrors.RUN_EXPIRED(cause.runId, cause);
  if (error.code === 'BAD_REQUEST' && cause instanceof z.ZodError) return fromIssues(cause);

  const code = codesOfTrpc[error.code];
  if (code === undefined) return wireErrors.INTERNAL.call(cause ?? error);
  if (code === 'UNKNOWN_PROCEDURE') return wireErrors.UNKNOWN_PROCEDURE.procedure(shorten(path));
  if (code === 'TOO_LARGE') return wireErrors.TOO_LARGE.request(error);
  return cause instanceof SyntaxError
    ? wireErrors.INVALID_INPUT.notJson(shorten(cause.message), error)
    : wireErrors.INVALID_INPUT.request(shorten(error.message), error);
}

/**
 * The error formatter of the router: `error.data.stagewire` is the protocol error; code, HTTP status and
 * message follow from it. It has no stack, and no path of an unknown procedure, which may be a megabyte long.
 */
export function formatWireError(options: {
  readonly error: TRPCError;
  readonly path: string | undefined;
}): WireErrorShape {
  const { error, path } = options;
  const refusal = toStagewireError(error, path);
  const trpcCode = codesOfTrpc[error.code] === refusal.code ? error.code : errorTable[refusal.code].trpc;
  return {
    message: refusal.message,
    code: TRPC_ERROR_CODES_BY_KEY[trpcCode],
    data: {
      code: trpcCode,
      httpStatus: getHTTPStatusCodeFromError(new TRPCError({ code: trpcCode })),
      ...(path === undefined || refusal.code === 'UNKNOWN_PROCEDURE' ? {} : { path }),
      stagewire: {
        code: refusal.code,
        retryable: refusal.retryable,
        ...(refusal.details === undefined ? {} : { details: refusal.details }),
      },
    },
  };
}

function fromIssues(error: z.ZodError): StagewireError {
  const { fields } = areOnlyTooLarge(error.issues) ? wireErrors.TOO_LARGE : wireErrors.INVALID_INPUT;
  return fields(describeIssues(error.issues), error);
}
