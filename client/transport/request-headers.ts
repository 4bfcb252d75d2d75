import { tokenText, type Token } from './token.ts';

export interface RequestHeadersOptions {
  readonly token: Token | undefined;
  /** The value of `authorization` if there is no token. */
  readonly authorization: string | undefined;
  /** More headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The headers of one request. It rejects as soon as the signal aborts: a token function may never settle.
 *
 * @throws StagewireClientError INVALID_TOKEN, or the error of the token function.
 */
export async function requestHeaders(
  { token, authorization, headers }: RequestHeadersOptions,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const text = token === undefined ? '' : await unlessAborted(tokenText(token), signal);
  const value = text === '' ? authorization : `Bearer ${text}`;
  return { ...headers, ...(value !== undefined && { authorization: value }) };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new Error('aborted while waiting for the token'));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
