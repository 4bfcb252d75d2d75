/** What fits into a close frame. */
const maxReasonBytes = 123;
const mark = ': ';

/**
 * The reason of the close frame of a connection whose identity has ended: the error's code, and its message if there is
 * room. The messages of `wire-errors.ts` have none of the credential's secrets.
 */
export function errorReason({ code, message }: { readonly code: string; readonly message: string }): string {
  const reason = `${code}${mark}${message}`;
  return new TextEncoder().encode(reason).length > maxReasonBytes ? code : reason;
}

/** The message in an `errorReason` of this code; `undefined` if it has none. */
export function messageInReason(reason: string | undefined, code: string): string | undefined {
  const start = `${code}${mark}`;
  return reason?.startsWith(start) === true ? reason.slice(start.length) : undefined;
}
