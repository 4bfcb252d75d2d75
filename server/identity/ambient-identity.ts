import type { IncomingMessage } from 'node:http';
import { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Principal } from './principal.ts';
import type { ProxyMethod } from './proxy/proxy-method.ts';
import { isWebSocket } from './read-token.ts';
import { isOwnOrigin, requireOwnPage } from './sessions/cross-site.ts';
import type { SessionService } from './sessions/session-service.ts';
import type { Tickets } from './sessions/tickets.ts';

export interface AmbientIdentityOptions {
  readonly sessions: SessionService;
  readonly tickets: Tickets;
  /** @default no proxy authenticates callers */
  readonly proxy?: ProxyMethod | undefined;
  readonly publicUrl?: URL | undefined;
}

/**
 * Authenticates by what a browser or a proxy adds to every request, whichever page has caused it: the session cookie, and
 * the headers of a proxy. Therefore a request needs proof that a page of this server has caused it.
 */
export interface AmbientIdentity {
  /**
   * The principal of a request without a token; `undefined` if it has none. Over HTTP the request needs the header
   * against cross-site requests, a WebSocket its own origin and a ticket.
   *
   * @throws StagewireError UNAUTHENTICATED, FORBIDDEN
   */
  identify(request: IncomingMessage, ticket: string | undefined): Promise<Principal | undefined>;
  /**
   * Checks a request whose token is valid. On a WebSocket the cookie is ignored: without a ticket it is no credential,
   * and browsers add it also for pages of other origins, which have a token of their own.
   *
   * @throws StagewireError UNAUTHENTICATED if it has the credential of another caller as well.
   */
  refuseOther(request: IncomingMessage, principal: Principal): Promise<void>;
  /** Would the WebSocket be authenticated if it had a ticket? */
  needsTicket(request: IncomingMessage): boolean;
  /**
   * A ticket for a WebSocket of the caller.
   *
   * @throws StagewireError UNAUTHENTICATED, FORBIDDEN
   */
  issueTicket(request: IncomingMessage): Promise<{ readonly ticket: string; readonly expiresAtMs: number }>;
}

export function createAmbientIdentity(options: AmbientIdentityOptions): AmbientIdentity {
  const { sessions, tickets, proxy, publicUrl } = options;

  /** By the cookie or by the proxy, without a check of the page. */
  async function principalOf(request: IncomingMessage): Promise<Principal | undefined> {
    const proxied = proxy?.principalOf(request);
    if (proxied === undefined) return sessions.authenticate(request);
    const session = await validSession(request);
    // The proxy authenticates every request, so that this is the only way to use a link behind it.
    if (session === undefined || session.link !== undefined) return session ?? proxied;
    throw wireErrors.UNAUTHENTICATED.conflicting();
  }

  /** `undefined` for a session that has ended. */
  async function validSession(request: IncomingMessage): Promise<Principal | undefined> {
    try {
      return await sessions.authenticate(request);
    } catch (error) {
      if (error instanceof StagewireError && error.code === 'UNAUTHENTICATED') return undefined;
      throw error;
    }
  }

  async function identifyOverHttp(request: IncomingMessage): Promise<Principal | undefined> {
    if (proxy?.principalOf(request) === undefined && !sessions.hasCookie(request)) return undefined;
    requireOwnPage(request, publicUrl);
    return principalOf(request);
  }

  return {
    async identify(request, ticket) {
      if (!isWebSocket(request)) return identifyOverHttp(request);
      // Also without a ticket: it rejects forged headers.
      const isProxied = proxy?.principalOf(request) !== undefined;
      if (ticket === undefined) return undefined;
      if (!isOwnOrigin(request, publicUrl)) throw wireErrors.FORBIDDEN.sessionOrigin();
      const principal = isProxied || sessions.hasCookie(request) ? await principalOf(request) : undefined;
      if (!(await tickets.redeem(ticket, principal === undefined ? '' : holderOf(principal)))) {
        throw wireErrors.UNAUTHENTICATED.ticketInvalid();
      }
      return principal;
    },
    async refuseOther(request, principal) {
      if (proxy?.principalOf(request) !== undefined) throw wireErrors.UNAUTHENTICATED.conflicting();
      if (isWebSocket(request) || !sessions.hasCookie(request)) return;
      const session = await validSession(request);
      const isOther = session !== undefined && !isSameCaller(session, principal);
      if (isOther) throw wireErrors.UNAUTHENTICATED.conflicting();
    },
    needsTicket: (request) =>
      isWebSocket(request) && (sessions.hasCookie(request) || proxy?.principalOf(request) !== undefined),
    async issueTicket(request) {
      const principal = await identifyOverHttp(request);
      if (principal === undefined) throw wireErrors.UNAUTHENTICATED.missing();
      return tickets.issue(holderOf(principal));
    },
  };
}

function isSameCaller(one: Principal, other: Principal): boolean {
  return one.actor.id === other.actor.id && one.owner === other.owner;
}

/** Names what a ticket is bound to: the session or, without one, the user of the proxy. */
function holderOf({ credential, actor, owner }: Principal): string {
  return credential ?? JSON.stringify([actor.id, owner]);
}
