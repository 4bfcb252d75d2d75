import type { TRPCError } from '@trpc/server';
import { toStagewireError } from '../api/wire-error.ts';
import type { Logger } from '../runtime/logger.ts';

/** Called for every server defect in a call; the client only gets a generic error. */
export type OnInternalError = (error: unknown, context: { readonly path: string | undefined }) => void;

/** Logs it. */
export function logInternalErrors(logger: Logger): OnInternalError {
  return (error, { path }) => logger.error({ error, path }, 'a call failed because of a server defect');
}

/** The `onError` of a tRPC adapter: reports defects of the server, not errors of clients. */
export function internalErrorsOnly(onInternalError: OnInternalError) {
  return (event: { readonly error: TRPCError; readonly path: string | undefined }): void => {
    const refusal = toStagewireError(event.error);
    if (refusal.code === 'INTERNAL') onInternalError(refusal.cause ?? refusal, { path: event.path });
  };
}
