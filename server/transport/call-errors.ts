import type { TRPCError } from '@trpc/server';
import { toStagewireError } from '../api/wire-error.ts';
import type { Logger } from '../runtime/logger.ts';
import type { OnRejected } from './plain-error.ts';

/** Where an error has occurred. */
export interface ErrorContext {
  readonly path: string | undefined;
  /** The id of its request. */
  readonly requestId?: string | undefined;
}

/** Called for every server defect in a call; the client only gets a generic error. */
export type OnInternalError = (error: unknown, context: ErrorContext) => void;

/** Logs it. */
export function logInternalErrors(logger: Logger): OnInternalError {
  return (error, context) => logger.error({ error, ...context }, 'a call failed because of a server defect');
}

export interface CallErrorReporterOptions {
  readonly onInternalError: OnInternalError;
  /** Called for every error, also those of clients. @default not called */
  readonly onRejected?: OnRejected | undefined;
}

/** The `onError` of a tRPC adapter. */
export function createCallErrorReporter({ onInternalError, onRejected }: CallErrorReporterOptions) {
  return ({ error, path, requestId }: ErrorContext & { readonly error: TRPCError }): void => {
    const refusal = toStagewireError(error);
    onRejected?.(refusal.code);
    if (refusal.code === 'INTERNAL') {
      onInternalError(refusal.cause ?? refusal, { path, ...(requestId !== undefined && { requestId }) });
    }
  };
}
