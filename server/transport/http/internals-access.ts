import type { IncomingMessage } from 'node:http';
import type { Caller } from '../../identity/caller-identity.ts';
import type { Identify } from '../../identity/identify.ts';
import { hasPermission } from '../../identity/principal.ts';
import { isLoopback } from '../../runtime/is-loopback.ts';

export interface InternalsAccessOptions {
  /** @default no caller is authenticated, so that only this machine has access */
  readonly identify?: Identify | undefined;
  readonly authenticateCaller: (request: IncomingMessage, params: null) => Promise<Caller>;
  /** @default only a request with a header that proxies add */
  readonly isFromProxy?: ((request: IncomingMessage) => boolean) | undefined;
}

/** May a request read the internals of the server? A user of this machine may, and a caller with `metrics:read`. */
export function createInternalsAccess(
  options: InternalsAccessOptions,
): (request: IncomingMessage) => Promise<boolean> {
  const { identify, authenticateCaller, isFromProxy = () => false } = options;

  return async (request) => {
    if (isFromThisMachine(request) && !isFromProxy(request)) return true;
    if (identify === undefined) return false;
    const caller = await authenticateCaller(request, null);
    return caller.status === 'accepted' && hasPermission(caller.principal, 'metrics:read');
  };
}

/**
 * Does a request come from this machine, and not through a proxy? A proxy on this machine forwards for others: it sets a header, or keeps
 * their `Host`.
 */
export function isFromThisMachine({ headers, socket }: IncomingMessage): boolean {
  const isForwarded = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
  const name = URL.parse(`http://${headers.host}`)?.hostname ?? '';
  return !isForwarded && isLoopback(socket.remoteAddress ?? '') && isLoopback(name);
}
