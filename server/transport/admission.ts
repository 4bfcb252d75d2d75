import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { isLoopback } from '../runtime/is-loopback.ts';

export interface AdmissionOptions {
  /**
   * Origins that may connect, as `https://host:port`, in addition to the server's own. By default every
   * loopback origin: `http(s)://localhost`, `127.x.x.x` and `[::1]` at any port.
   */
  readonly origins?: readonly string[];
  /** Names of this server in addition to loopback and its own address: `host` (any port) or `host:port`. */
  readonly hosts?: readonly string[];
}

export type AdmissionDecision =
  | { readonly admitted: true; readonly origin: string | undefined }
  | {
      readonly admitted: false;
      readonly status: 400 | 403;
      readonly error: StagewireError;
      /** The origin of the page, which may read this rejection: it has no secret, and the user needs it. */
      readonly origin?: string | undefined;
    };

/** Decides by Host and Origin whether a request or an upgrade is admitted. */
export interface Admission {
  decide(request: IncomingMessage): AdmissionDecision;
}

/**
 * Without this any web page could start runs on a loopback server with the user's keys: browsers let every page
 * open WebSockets and send simple requests to any host. Origin identifies the page; Host reveals a name that
 * the page's own DNS points at this machine (DNS rebinding), which would then count as the same origin.
 */
export function createAdmission(options: AdmissionOptions = {}): Admission {
  const hosts = new Set((options.hosts ?? []).map((host) => host.toLowerCase()));
  const origins = options.origins === undefined ? undefined : new Set(options.origins.map(checkedOrigin));

  return {
    decide(request) {
      // With several Host headers Node uses the first, a proxy in front of it perhaps the last.
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
    // An origin in another form than browsers send is an attack: a suffix, a user name, `null`.
    if (url === null || url.origin !== origin || !isWeb(url)) return false;
    if (url.host === new URL(`${url.protocol}//${host.host}`).host) return true;
    return origins === undefined ? isLoopback(url.hostname) : origins.has(origin);
  }
}

/** Images, scripts and frames are requested without an Origin. Navigation by a link is not a part of the page. */
function isPartOfForeignPage({ headers }: IncomingMessage): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-dest'] !== 'document';
}

interface Host {
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
}

/** The parts of the Host header; `undefined` unless it is a host with an optional port. */
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
 * Is this a loopback name, or the address and port of the connection? A loopback name may have any port, since
 * no DNS entry can redirect it: a tunnel (`ssh -L 8080:localhost:4600`) uses its own port.
 */
function isOwnAddress(host: Host, request: IncomingMessage): boolean {
  const { localAddress, localPort } = request.socket;
  if (isLoopback(host.hostname)) return true;
  if (host.port !== localPort) return false;
  // An address, unlike a name, cannot be rebound.
  const address = withoutBrackets(host.hostname);
  return isIP(address) !== 0 && address === localAddress?.replace(/^::ffff:(?=\d+\.)/, '');
}

function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function isWeb(url: URL): boolean {
  return url.protocol === 'http:' || url.protocol === 'https:';
}

/** @throws Error if it is not an origin: a typo in the list would otherwise only reject without an explanation. */
function checkedOrigin(origin: string): string {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin || !isWeb(url)) {
    throw new Error(
      `"${origin}" is not an origin. Write it as https://host or http://host:port, without a path.`,
    );
  }
  return origin;
}
