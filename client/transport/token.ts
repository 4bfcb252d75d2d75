import { StagewireClientError } from './client-error.ts';

/** A bearer token, or a function that returns the current one; printable ASCII only. An empty text is no token. */
export type Token = string | (() => string | Promise<string>);

/**
 * The current token; a function may renew it.
 *
 * @throws StagewireClientError INVALID_TOKEN. The platform's own error would contain the token.
 */
export async function tokenText(token: Token): Promise<string> {
  const text: unknown = typeof token === 'function' ? await token() : token;
  if (isSendable(text)) return text;
  throw invalidTokenError(text);
}

/** Whether it can be sent in a header. */
export function isSendable(text: unknown): text is string {
  return typeof text === 'string' && /^[\x20-\x7e]*$/.test(text);
}

/** The error of a token that cannot be sent; it does not contain the token. */
export function invalidTokenError(text: unknown): StagewireClientError {
  const what =
    typeof text === 'string'
      ? 'has a line break or another character that is invalid in a header; trim it after reading a file'
      : 'is not a string';
  return new StagewireClientError('INVALID_TOKEN', `The token given to connect() ${what}.`);
}
