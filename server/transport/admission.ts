import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { isLoopback } from '../runtime/is-loopback.ts';

export interface AdmissionOptions {
  /**
   * Origins that may call, as `https://host:port`, beside the server's own. By default every loopback origin:
   * `http(s)://localhost`, `127.x.x.x` and `[::1]` at any port.
   */
  readonly origins?: readonly string[];
  /** Names this server is reached by beside loopback and its own address: `host` (any port) or `host:port`. */
  readonly hosts?: readonly string[];
}

export type AdmissionDecision =
  | { readonly admitted: true; readonly origin: string | undefined }
  | {
      readonly admitted: false;
      readonly status: 400 | 403;
      readonly error: StagewireError;
      /** The page that asked, which may read this refusal: there is no secret in it, and a person who needs it. */
      readonly origin?: string | undefined;
    };

/** Decides by Host and Origin whether a request or an upgrade may come in at all. */
export interface Admission {
  judge(request: IncomingMessage): AdmissionDecision;
}

/**
 * Without this any web page could start runs on a loopback server and spend the user's key: browsers let every page
 * open WebSockets and send simple requests anywhere. Origin tells which page asks; Host tells whether the page got
 * here by a name that its own DNS points at this machine (rebinding), which then counts as the same origin.
 */
export function createAdmission(options: AdmissionOptions = {}): Admission {
  const hosts = new Set((options.hosts ?? []).map((host) => host.toLowerCase()));
  const origins = options.origins === undefined ? undefined : new Set(options.origins.map(checkedOrigin));

  return {
    judge(request) {
      // Node keeps the first of several, a proxy before it perhaps the last.
      if ((request.headersDistinct['host']?.length ?? 0) > 1) {
        return { admitted: false, status: 400, error: wireErrors.INVALID_INPUT.manyHosts() };
      }
      const host = parseHost(request.headers.host);
      if (host === undefined) {
        return { admitted: false, status: 400, error: wireErrors.INVALID_INPUT.noHost() };
      }
      const configured = hosts.has(host.hostname) || hosts.has(host.host);
      if (!configured && !isOwnAddress(host, request)) {
        return { admitted: false, status: 403, error: wireErrors.FORBIDDEN.host(host.host) };
      }

      const { origin } = request.headers;
      if (origin === undefined ? !isPartOfForeignPage(request) : isAllowedOrigin(origin, host)) {
        return { admitted: true, origin };
      }
      const page = origin === undefined ? undefined : URL.parse(origin);
      const isPage = page !== null && page !== undefined && page.origin === origin && isWeb(page);
      const error = wireErrors.FORBIDDEN.origin();
      return { admitted: false, status: 403, error, origin: isPage ? origin : undefined };
    },
  };

  function isAllowedOrigin(origin: string, host: Host): boolean {
    const url = URL.parse(origin);
    // An origin that is not written the way browsers write it is somebody's trick: a suffix, a user name, `null`.
    if (url === null || url.origin !== origin || !isWeb(url)) return false;
    if (url.host === new URL(`${url.protocol}//${host.host}`).host) return true;
    return origins === undefined ? isLoopback(url.hostname) : origins.has(origin);
  }
}

/** Images, scripts and frames come without an Origin. A link is no part of the page that it stands in. */
function isPartOfForeignPage({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-dest'] !== 'document';
}

interface Host {
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
}

/** The Host header's parts; `undefined` unless it is nothing but a host and perhaps a port. */
function parseHost(header: string | undefined): Host | undefined {
  if (header === undefined || !/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(header))
    return undefined;
  const url = URL.parse(`http://${header}`);
  if (url === null) return undefined;
  return {
    host: header.toLowerCase(),
    hostname: url.hostname,
    port: url.port === '' ? 80 : Number(url.port),
  };
}

/**
 * Is this a loopback name, or the very address and port that the connection came in at? A loopback name may have
 * any port, since no DNS points it elsewhere: a tunnel (`ssh -L 8080:localhost:4600`) is reached by its own port.
 */
function isOwnAddress(host: Host, request: IncomingMessage): boolean {
  const { localAddress, localPort } = request.socket;
  if (isLoopback(host.hostname)) return true;
  if (host.port !== localPort) return false;
  // An address, unlike a name, cannot be pointed somewhere else.
  const address = withoutBrackets(host.hostname);
  return isIP(address) !== 0 && address === localAddress?.replace(/^::ffff:(?=\d+\.)/, '');
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function isWeb(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

/** @throws Error if it is not an origin: a list with a mistake in it would only refuse without saying why. */
function checkedOrigin(origin: string): string {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin || !isWeb(url)) {
    throw new Error(
      `"${origin}" is not an origin. Write it as https://host or http://host:port, without a path.`,
    );
  }
  return origin;
}
