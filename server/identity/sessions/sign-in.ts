import type { IncomingMessage } from 'node:http';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { AuditTrail } from '../audit-trail.ts';
import type { AmbientIdentity } from '../ambient-identity.ts';
import type { AttemptLimiter } from '../attempt-limiter.ts';
import { countFailures } from '../count-failures.ts';
import type { IdentifyToken } from '../identify.ts';
import type { LocalRuns } from '../local-runs.ts';
import type { Principal } from '../principal.ts';
import type { ProxyMethod } from '../proxy/proxy-method.ts';
import { readToken } from '../read-token.ts';
import { requireOwnPage } from './cross-site.ts';
import type { SessionService } from './session-service.ts';

export interface SignInOptions {
  readonly sessions: SessionService;
  /** Gets who signs in and out. */
  readonly audit: Pick<AuditTrail, 'record'>;
  readonly ambient: AmbientIdentity;
  /** Without the runs of `local`, which depend on a setting. */
  readonly identifyToken: IdentifyToken;
  readonly localRuns: Pick<LocalRuns, 'withLocal'>;
  readonly limiter: AttemptLimiter;
  /** Counts successful sign-ins: each waits for the disk, and the bearers of a public link can sign in as well. */
  readonly signIns: AttemptLimiter;
  /** The address whose attempts are counted. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  /** @default no proxy authenticates callers */
  readonly proxy?: ProxyMethod | undefined;
  readonly publicUrl?: URL | undefined;
}

/** What a page of this server does with its session. All of it throws StagewireError UNAUTHENTICATED, FORBIDDEN or RATE_LIMITED. */
export interface SignIn {
  /** Checks, before the body is read, that a page of this server has caused the request, and that it has no other credential. */
  check(request: IncomingMessage): void;
  /** Starts a session with a token, instead of that of the cookie. Returns the header `Set-Cookie`, and the caller. */
  start(
    token: string,
    request: IncomingMessage,
  ): Promise<{ readonly cookie: string; readonly principal: Principal }>;
  /** The same for a caller who has already been authenticated. */
  startAs(
    principal: Principal,
    request: IncomingMessage,
  ): Promise<{ readonly cookie: string; readonly principal: Principal }>;
  /** Ends the session, if there is one. Returns the header `Set-Cookie` that removes the cookie. */
  end(request: IncomingMessage): Promise<string>;
  /** Issues a ticket for a WebSocket of the session, or of the user of the proxy. */
  issueTicket(request: IncomingMessage): Promise<{ readonly ticket: string; readonly expiresAtMs: number }>;
}

export function createSignIn(options: SignInOptions): SignIn {
  const {
    sessions,
    audit,
    ambient,
    identifyToken,
    localRuns,
    limiter,
    signIns,
    addressOf,
    proxy,
    publicUrl,
  } = options;

  function record({ actor: { id, name }, owner }: Principal, procedure: string): void {
    audit.record({ kind: 'session', actor: { id, name }, owner, procedure });
  }

  /** Starts a session for the principal, unless every later request would have the identity of a proxy as well. */
  async function startUnlessProxied(
    principal: Principal,
    request: IncomingMessage,
    isProxied = proxy?.principalOf(request) !== undefined,
  ) {
    if (isProxied && principal.link === undefined) throw wireErrors.FORBIDDEN.proxied();
    const retryAfterMs = signIns.fail(addressOf(request));
    if (retryAfterMs !== undefined) throw wireErrors.RATE_LIMITED.signIn(retryAfterMs);
    const started = await sessions.create(principal, request);
    record(principal, 'session.create');
    return { ...started, principal: localRuns.withLocal(started.principal) };
  }

  return {
    check(request) {
      requireOwnPage(request, publicUrl);
      if (readToken(request, null) !== undefined) throw wireErrors.UNAUTHENTICATED.conflicting();
    },
    async start(token, request) {
      const isProxied = proxy?.principalOf(request) !== undefined;
      const principal = await identifyToken(token, addressOf(request));
      return startUnlessProxied(principal, request, isProxied);
    },
    startAs: async (principal, request) => startUnlessProxied(principal, request),
    async end(request) {
      requireOwnPage(request, publicUrl);
      // There is nothing to record for one that has ended. If the store cannot be read, the next line throws.
      const principal = await sessions.authenticate(request).catch(() => undefined);
      const cookie = await sessions.end(request);
      if (principal !== undefined) record(principal, 'session.end');
      return cookie;
    },
    async issueTicket(request) {
      return countFailures(limiter, addressOf(request), () => {
        if (readToken(request, null) !== undefined) throw wireErrors.FORBIDDEN.noSession();
        return ambient.issueTicket(request);
      });
    },
  };
}
