import { StagewireClientError } from './client-error.ts';

/** A bearer token, or a function that returns the current one; printable ASCII only. */
export type Token = string | (() => string | Promise<string>);

/**
 * The current token; a function may renew it.
 *
 * @throws StagewireClientError INVALID_TOKEN. The platform's own error would contain the token.
 */
export async function tokenText(token: Token): Promise<string> {
  const text: unknown = typeof token === 'function' ? await token() : token;
  if (typeof text === 'string' && /^[\x20-\x7e]*$/.test(text)) return text;
  const what =
    typeof text === 'string'
      ? 'has a character that is invalid in a header, such as a line break or a non-ASCII letter'
      : 'is not a string';
  throw new StagewireClientError('INVALID_TOKEN', `The token given to connect() ${what}.`);
}
