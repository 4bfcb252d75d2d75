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

/** What tRPC itself refuses, by its code. Anything that is not here is a defect of the server. */
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

/** What a call's error is in the protocol's words. Nothing of the server's inside is in it. */
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
    // It was there when the subscription began.
    return new StagewireError('RUN_EXPIRED', 'The run was removed by retention.', { cause });
  }
  if (error.code === 'BAD_REQUEST' && cause instanceof z.ZodError) return fromIssues(cause);

  const code = codesOfTrpc[error.code];
  if (code === undefined) return new StagewireError('INTERNAL', internalMessage, { cause: cause ?? error });
  const message = cause instanceof SyntaxError ? `It is not JSON: ${cause.message}` : error.message;
  return new StagewireError(code, shorten(message), { cause: error });
}

/**
 * The error formatter of the router: `error.data.stagewire` says what the protocol says, and code, HTTP status and
 * message follow from it. No stack; no path of a procedure that is not there, for it may be a megabyte long.
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
