import type { IncomingMessage } from 'node:http';

/** The cookie that carries the id of a session. */
export interface SessionCookie {
  /** The values of all cookies of this name in a request. */
  read(request: IncomingMessage): readonly string[];
  /** The header `Set-Cookie` that stores a value for this time, or removes it after 0 ms. */
  header(request: IncomingMessage, value: string, maxAgeMs: number): string;
}

/**
 * With an https URL the name begins with `__Host-`: only this host can set the cookie, and only over TLS. Cookies do not
 * know ports and, with this prefix, paths, so that the name has them too: servers on one host must not overwrite each
 * other's cookies. Without TLS the port is that of `Host`, as the browser sees it: tunnels and proxies have others than
 * the server.
 */
export function createSessionCookie(publicUrl: URL | undefined): SessionCookie {
  const isSecure = publicUrl?.protocol === 'https:';
  const pathSuffix = publicUrl === undefined ? '' : pathSuffixOf(publicUrl);
  const secureName = publicUrl === undefined ? '' : `__Host-stagewire-session${suffixOf(publicUrl)}`;

  function nameFor({ headers }: IncomingMessage): string {
    if (isSecure) return secureName;
    const port = /:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '80';
    return `stagewire-session-${port}${pathSuffix}`;
  }

  return {
    read(request) {
      const { cookie } = request.headers;
      if (cookie === undefined) return [];
      const start = `${nameFor(request)}=`;
      return cookie
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(start))
        .map((pair) => pair.slice(start.length));
    },
    header: (request, value, maxAgeMs) =>
      [
        `${nameFor(request)}=${value}`,
        'Path=/',
        'HttpOnly',
        'SameSite=Lax',
        `Max-Age=${Math.floor(maxAgeMs / 1000)}`,
        ...(isSecure ? ['Secure'] : []),
      ].join('; '),
  };
}

/** Empty at the usual port and at the root of the host. */
function suffixOf(url: URL): string {
  return `${url.port === '' ? '' : `-${url.port}`}${pathSuffixOf(url)}`;
}

function pathSuffixOf({ pathname }: URL): string {
  const path = pathname.replaceAll(/^\/+|\/+$/g, '').replaceAll(/[^\w.~%-]/g, '.');
  return path === '' ? '' : `-${path}`;
}
