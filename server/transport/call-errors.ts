import type { TRPCError } from '@trpc/server';
import { toStagewireError } from '../api/wire-error.ts';
import type { Logger } from '../runtime/logger.ts';
import type { OnRejected } from './plain-error.ts';

/** Called for every server defect in a call; the client only gets a generic error. */
export type OnInternalError = (error: unknown, context: { readonly path: string | undefined }) => void;

/** Logs it. */
export function logInternalErrors(logger: Logger): OnInternalError {
  return (error, { path }) => logger.error({ error, path }, 'a call failed because of a server defect');
}

export interface CallErrorReporterOptions {
  readonly onInternalError: OnInternalError;
  /** Called for every error, also those of clients. @default not called */
  readonly onRejected?: OnRejected | undefined;
}

/** The `onError` of a tRPC adapter. */
export function createCallErrorReporter({ onInternalError, onRejected }: CallErrorReporterOptions) {
  return (event: { readonly error: TRPCError; readonly path: string | undefined }): void => {
    const refusal = toStagewireError(event.error);
    onRejected?.(refusal.code);
    if (refusal.code === 'INTERNAL') onInternalError(refusal.cause ?? refusal, { path: event.path });
  };
}
