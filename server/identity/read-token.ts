import type { IncomingMessage } from 'node:http';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { ConnectionParams } from './identify.ts';

/**
 * The bearer token of a request: from the header `Authorization`, or from the connection parameters of a WebSocket.
 * `undefined` if it has none. A token in a URL is refused even if it is valid, since URLs are logged on their way.
 *
 * @throws StagewireError UNAUTHENTICATED if there are several, or one that is not where it belongs.
 */
export function readToken(request: IncomingMessage, params: ConnectionParams): string | undefined {
  if (isKeyInUrl(request.url ?? '')) throw wireErrors.UNAUTHENTICATED.inUrl();
  // Node keeps only the first header of this name; a proxy may have checked another one.
  const headers = request.headersDistinct['authorization'] ?? [];
  const param = params?.['token'];
  // Over HTTP the parameters are a part of the URL.
  const ticket = params?.['ticket'];
  const given = [param, ticket].filter((it) => it !== undefined);
  if (given.length > 0 && !isWebSocket(request)) throw wireErrors.UNAUTHENTICATED.inUrl();
  if (headers.length + given.length > 1) throw wireErrors.UNAUTHENTICATED.conflicting();
  const [header] = headers;
  if (header === undefined) return param;
  const [, token] = /^Bearer +([\x21-\x7e]+)$/i.exec(header) ?? [];
  if (token === undefined) throw wireErrors.UNAUTHENTICATED.scheme();
  return token;
}

/** A header `Upgrade` alone, or of another protocol, does not make a request a WebSocket. */
export function isWebSocket({ headers }: IncomingMessage): boolean {
  // Whole words of the list: to Node, `x-upgrade` is no upgrade.
  const options = (headers.connection ?? '').toLowerCase().split(',');
  return (
    headers.upgrade?.toLowerCase() === 'websocket' && options.some((option) => option.trim() === 'upgrade')
  );
}

function isKeyInUrl(url: string): boolean {
  // A secret of this server, or the first two parts of a JSON Web Token.
  return /sw[klst]_|\beyJ[\w-]+\.eyJ[\w-]+\./i.test(
    url.replaceAll(/%([2-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}
