import type { IncomingMessage } from 'node:http';
import { wireErrors } from '@stagewire/shared/wire-errors';

/**
 * Is this a page of the server itself? Pages of other origins may be admitted, with a token of their own, but cannot use
 * what the browser adds to every request: the cookie, and the headers of a proxy.
 *
 * @param publicUrl A page at its host must have its scheme as well: over http anyone on the way can change the page.
 */
export function isOwnOrigin({ headers }: IncomingMessage, publicUrl: URL | undefined): boolean {
  const { origin, host } = headers;
  const url = origin === undefined ? null : URL.parse(origin);
  if (url === null || url.origin !== origin) return false;
  if (origin === publicUrl?.origin) return true;
  const isPublicHost = publicUrl !== undefined && hostAs(publicUrl.protocol, host) === publicUrl.host;
  return !isPublicHost && url.host === hostAs(url.protocol, host);
}

/** Without the port if it is the usual one of the scheme. */
function hostAs(protocol: string, host = ''): string | undefined {
  return URL.parse(`${protocol}//${host}`)?.host;
}

/**
 * Rejects a request over HTTP that another site may have caused. A page of another origin can add the header only if the
 * server permits it in a preflight, which it does not; `Origin` and `Sec-Fetch-Site` are a second line of defence.
 *
 * @throws StagewireError FORBIDDEN
 */
export function requireOwnPage(request: IncomingMessage, publicUrl: URL | undefined): void {
  const csrf = request.headersDistinct['x-stagewire-csrf'] ?? [];
  if (csrf.length !== 1 || csrf[0] !== '1') throw wireErrors.FORBIDDEN.csrf();
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign || (origin !== undefined && !isOwnOrigin(request, publicUrl))) {
    throw wireErrors.FORBIDDEN.sessionOrigin();
  }
}
