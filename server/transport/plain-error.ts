import { errorTable } from '@stagewire/shared';
import type { ErrorCode, WireError } from '@stagewire/shared';

/** A refusal that comes before any procedure, in the shape that a refused call has. */
export function plainError(
  code: ErrorCode,
  message: string,
): { readonly error: { readonly message: string; readonly data: { readonly stagewire: WireError } } } {
  return { error: { message, data: { stagewire: { code, retryable: errorTable[code].retryable } } } };
}
