import { errorTable } from '@stagewire/shared';
import type { ErrorCode, WireError } from '@stagewire/shared';

/** A rejection before any procedure is called, in the shape of a rejected call. */
export function plainError(
  code: ErrorCode,
  message: string,
): { readonly error: { readonly message: string; readonly data: { readonly stagewire: WireError } } } {
  return { error: { message, data: { stagewire: { code, retryable: errorTable[code].retryable } } } };
}
