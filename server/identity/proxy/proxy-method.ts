import type { IncomingMessage } from 'node:http';
import { Permission } from '@stagewire/shared/primitives';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import { allPermissions, localPrincipal, type Principal } from '../principal.ts';
import type { TrustedProxies } from './trusted-proxies.ts';

/** The headers with which a proxy names the caller that it has authenticated, in lower case. */
export interface ProxyHeaders {
  /** Identifies the user. @default x-auth-request-user */
  readonly user: string;
  /** The owner of the user's runs. That of the groups is a list with commas: several owners. @default that of the user */
  readonly owner?: string | undefined;
  /** A list of permissions with commas; other words in it are ignored. @default every user has all but `admin` */
  readonly permissions?: string | undefined;
}

export interface ProxyMethodOptions {
  readonly trusted: TrustedProxies;
  readonly headers: ProxyHeaders;
  readonly clock: Pick<Clock, 'now'>;
  /** When a connection must authenticate again, by reconnecting, in milliseconds. */
  readonly sessionMs: number;
}

/** Authenticates callers by the headers of a proxy. */
export interface ProxyMethod {
  /**
   * The principal that the proxy names; `undefined` if it names none.
   *
   * @throws StagewireError UNAUTHENTICATED if the headers do not come from a trusted proxy, or are ambiguous.
   */
  principalOf(request: IncomingMessage): Principal | undefined;
}

/** Characters of a user or an owner. */
const maxNameChars = 200;

export function createProxyMethod({ trusted, headers, clock, sessionMs }: ProxyMethodOptions): ProxyMethod {
  const related = relatedHeaders(headers.user);
  const { user, owner = user, permissions } = headers;
  const identifying = new Set([user, owner, ...(permissions === undefined ? [] : [permissions])]);
  for (const name of Object.values(related)) identifying.add(name);

  /** @throws StagewireError UNAUTHENTICATED */
  function refuseForged(request: IncomingMessage): void {
    const isFromProxy = trusted.isPeer(request);
    for (const name of Object.keys(request.headers)) {
      if (!identifying.has(name.replaceAll('_', '-'))) continue;
      if (!isFromProxy) throw wireErrors.UNAUTHENTICATED.untrustedProxy(name);
      // Some programs read `x_user` as `x-user`: the proxy sets one of them, and a client can send the other.
      const isMany = (request.headersDistinct[name]?.length ?? 0) > 1;
      if (isMany || !identifying.has(name)) throw wireErrors.UNAUTHENTICATED.proxyHeader(name);
    }
  }

  /** The value of a header, `undefined` if it is absent or empty. @throws StagewireError UNAUTHENTICATED */
  function valueOf({ headers: given }: IncomingMessage, name: string): string | undefined {
    const raw = given[name];
    if (typeof raw !== 'string' || raw === '') return undefined;
    const value = decoded(raw);
    if (value === undefined) throw wireErrors.UNAUTHENTICATED.proxyHeader(name);
    return value;
  }

  /** As `valueOf`; a comma is where a proxy has joined two headers into one. */
  function nameOf(request: IncomingMessage, name: string): string | undefined {
    const value = valueOf(request, name);
    if (value?.includes(',') === true || (value?.length ?? 0) > maxNameChars) {
      throw wireErrors.UNAUTHENTICATED.proxyHeader(name);
    }
    return value;
  }

  function ownersOf(request: IncomingMessage): readonly string[] {
    if (owner !== related.groups) return [nameOf(request, owner) ?? ''].filter((it) => it !== '');
    const names = listIn(valueOf(request, owner));
    if (names.some((name) => name.trim() !== name)) throw wireErrors.UNAUTHENTICATED.proxyHeader(owner);
    return names;
  }

  function permissionsOf(request: IncomingMessage): readonly Permission[] {
    if (permissions === undefined) return allPermissions;
    const names = listIn(valueOf(request, permissions));
    return Permission.options.filter((permission) => names.includes(permission));
  }

  return {
    principalOf(request) {
      refuseForged(request);
      const id = nameOf(request, user);
      if (id === undefined) return undefined;
      const [first, ...others] = ownersOf(request).filter((name) => name !== localPrincipal.owner);
      if (first === undefined) throw wireErrors.UNAUTHENTICATED.proxyHeader(owner);
      const name = valueOf(request, related.preferredUsername) ?? valueOf(request, related.email) ?? id;
      return {
        actor: { id: `proxy:${id}`, kind: 'user', name: name.slice(0, maxNameChars) },
        owner: first,
        ...(others.length > 0 && { owners: [first, ...others] }),
        permissions: permissionsOf(request),
        expiresAtMs: clock.now() + sessionMs,
      };
    },
  };
}

/** The other headers of oauth2-proxy: `x-auth-request-email` and so on, next to `x-auth-request-user`. */
function relatedHeaders(user: string) {
  const prefix = user.replace(/-user$/, '');
  return {
    email: `${prefix}-email`,
    groups: `${prefix}-groups`,
    preferredUsername: `${prefix}-preferred-username`,
  } as const;
}

function listIn(value: string | undefined): readonly string[] {
  const words = (value ?? '').split(',').map((word) => word.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
  return [...new Set(words.filter((word) => word !== ''))];
}

/**
 * Node reads bytes as Latin-1, and proxies send UTF-8. `undefined` for other bytes, for control characters, and for white
 * space around the text, which is never removed: two different names must not become one. Node has removed what HTTP allows.
 */
function decoded(raw: string): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(raw, 'latin1'),
    );
    return /\p{C}/u.test(text) || text.trim() !== text ? undefined : text;
  } catch {
    return undefined;
  }
}
