import type { TRPCError } from '@trpc/server';
import { toStagewireError } from '../api/wire-error.ts';
import type { Logger } from '../runtime/logger.ts';

/** Told of every defect of the server that a call met; the client only learns that there was one. */
export type OnInternalError = (error: unknown, context: { readonly path: string | undefined }) => void;

/** Logs it. */
export function logInternalErrors(logger: Logger): OnInternalError {
  return (error, { path }) => logger.error({ error, path }, 'a call failed by a defect of the server');
}

/** The `onError` of a tRPC adapter: passes on what is a defect of the server, and nothing that a client did. */
export function internalErrorsOnly(onInternalError: OnInternalError) {
  return (event: { readonly error: TRPCError; readonly path: string | undefined }): void => {
    const refusal = toStagewireError(event.error);
    if (refusal.code === 'INTERNAL') onInternalError(refusal.cause ?? refusal, { path: event.path });
  };
}
