import type { ErrorCode, StagewireError, WireError } from '@stagewire/shared';

/** Called with the code of each error that a client gets. */
export type OnRejected = (code: ErrorCode) => void;

/** An error that comes before any procedure, in the shape that a rejected call has. */
export function plainError({ message, code, retryable, details }: StagewireError): {
  readonly error: { readonly message: string; readonly data: { readonly stagewire: WireError } };
} {
  return {
    error: {
      message,
      data: { stagewire: { code, retryable, ...(details === undefined ? {} : { details }) } },
    },
  };
}

/** `plainError`, and reports the code. */
export function reportedPlainError(onRejected: OnRejected | undefined): typeof plainError {
  return (error) => {
    onRejected?.(error.code);
    return plainError(error);
  };
}
