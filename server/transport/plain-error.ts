import type { StagewireError, WireError } from '@stagewire/shared';

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
