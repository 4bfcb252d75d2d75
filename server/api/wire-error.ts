import { errorTable, StagewireError } from '@stagewire/shared';
import type { ErrorCode, WireError } from '@stagewire/shared';
import { TRPCError } from '@trpc/server';
import type { TRPCDefaultErrorShape, TRPC_ERROR_CODE_KEY } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { z } from 'zod';
import { LogUnavailable, RunMissing, RunUnreadable } from '../log/event-log.ts';
import { runUnreadable } from '../log/run-unreadable.ts';
import { areOnlyTooLarge, describeIssues, shorten } from './input-issues.ts';

/** An error as every client of this router gets it. */
export type WireErrorShape = TRPCDefaultErrorShape & {
  readonly data: TRPCDefaultErrorShape['data'] & { readonly stagewire: WireError };
};

/** tRPC's own errors, by code. Any other code is a defect of the server. */
const codesOfTrpc: { readonly [K in TRPC_ERROR_CODE_KEY]?: ErrorCode } = {
  PARSE_ERROR: 'INVALID_INPUT',
  BAD_REQUEST: 'INVALID_INPUT',
  METHOD_NOT_SUPPORTED: 'INVALID_INPUT',
  UNSUPPORTED_MEDIA_TYPE: 'INVALID_INPUT',
  UNPROCESSABLE_CONTENT: 'INVALID_INPUT',
  NOT_FOUND: 'UNKNOWN_PROCEDURE',
  PAYLOAD_TOO_LARGE: 'TOO_LARGE',
};

const internalMessage = 'The server failed at this call. It has been logged; trying again may help.';

/** Converts the error of a call to a protocol error. It exposes no server internals. */
export function toStagewireError(error: TRPCError): StagewireError {
  const { cause } = error;
  if (cause instanceof StagewireError) return cause;
  if (cause instanceof LogUnavailable) {
    return new StagewireError('LOG_UNAVAILABLE', 'The event log cannot be used at the moment; try again.', {
      cause,
    });
  }
  if (cause instanceof RunUnreadable) return runUnreadable(cause.runId, cause.message);
  if (cause instanceof RunMissing) {
    // The run existed when the subscription started.
    return new StagewireError('RUN_EXPIRED', 'The run was removed by retention.', { cause });
  }
  if (error.code === 'BAD_REQUEST' && cause instanceof z.ZodError) return fromIssues(cause);

  const code = codesOfTrpc[error.code];
  if (code === undefined) return new StagewireError('INTERNAL', internalMessage, { cause: cause ?? error });
  const message = cause instanceof SyntaxError ? `It is not JSON: ${cause.message}` : error.message;
  return new StagewireError(code, shorten(message), { cause: error });
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
  const refusal = toStagewireError(error);
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
  const issues = describeIssues(error.issues);
  const what = issues.map((issue) => `${issue.field === '' ? 'the input' : issue.field}: ${issue.message}`);
  const code = areOnlyTooLarge(error.issues) ? 'TOO_LARGE' : 'INVALID_INPUT';
  return new StagewireError(code, `The input does not fit. ${what.join('; ')}`, {
    details: { issues },
    cause: error,
  });
}
