import type { IncomingMessage } from 'node:http';
import { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { CredentialSource } from '../identify.ts';
import type { Principal } from '../principal.ts';
import { createSecretText, hashOfSecret } from './secret-text.ts';
import { createSessionCookie } from './session-cookie.ts';
import type { SessionLimits, SessionStore, StoredSession } from './session-store.ts';

export interface SessionServiceOptions extends Partial<SessionLimits> {
  readonly store: SessionStore;
  readonly clock: Pick<Clock, 'now'>;
  /** A source of random bytes that cannot be predicted. */
  readonly randomBytes: (count: number) => Buffer;
  /** Where the credentials behind sessions are revoked. One of another kind ends its sessions. */
  readonly sources: readonly CredentialSource[];
  /**
   * Names the identity provider with its settings, as `jwt:<id>`. Its users have no credential that can be revoked, so that
   * this is stored instead: their sessions end when the settings change. @default there is no provider
   */
  readonly provider?: string | undefined;
  /** The address at which browsers reach the server. @default that at which it listens, without TLS */
  readonly publicUrl?: URL | undefined;
  /** How long a session lasts, unless the credential behind it expires before, in milliseconds. @default 12 hours */
  readonly sessionMs?: number | undefined;
}

/** Cookies of one request whose sessions are ended: another server on this host may have set thousands. */
const maxEnded = 8;

export const defaultSessionMs = 12 * 60 * 60 * 1000;

/** Sessions of browsers, each behind a cookie. */
export interface SessionService {
  /**
   * The sessions as credentials, `session-<kind>:<hash>`: a source for each kind of credential behind them, so that a change
   * of one kind, as of links by each commit, costs no look at the others.
   */
  readonly sources: readonly CredentialSource[];
  /**
   * Starts a session, and ends that of the request's cookie. The id is always new.
   *
   * @param principal As a token method has authenticated it.
   * @param request The browser's, which names the cookie.
   * @returns the value of the header `Set-Cookie`, and the principal of the session.
   */
  create(
    principal: Principal,
    request: IncomingMessage,
  ): Promise<{ readonly cookie: string; readonly principal: Principal }>;
  /** Does the request have the cookie, valid or not? */
  hasCookie(request: IncomingMessage): boolean;
  /**
   * The principal of the session of the request's cookie; `undefined` without one.
   *
   * @throws StagewireError UNAUTHENTICATED
   */
  authenticate(request: IncomingMessage): Promise<Principal | undefined>;
  /** Ends the session of the request's cookie, if any. Returns the header `Set-Cookie` that removes the cookie. */
  end(request: IncomingMessage): Promise<string>;
}

export function createSessionService(options: SessionServiceOptions): SessionService {
  const { store, clock, randomBytes, sources, provider, publicUrl, sessionMs = defaultSessionMs } = options;
  const { maxSessionsPerOwner = 1000, maxSessions = 10_000 } = options;
  const cookie = createSessionCookie(publicUrl);

  /** @throws StagewireError UNAUTHENTICATED */
  async function principalOf(hash: string): Promise<Principal> {
    const session = await store.find(hash);
    if (session === undefined || session.expiresAtMs <= clock.now()) {
      throw wireErrors.UNAUTHENTICATED.sessionEnded();
    }
    const behind = await credentialBehind(session.principal, hash);
    const expiresAtMs = Math.min(session.expiresAtMs, behind.expiresAtMs ?? Infinity);
    return { ...behind, credential: credentialOf(session), session: true, expiresAtMs };
  }

  /** The principal of the credential as it is now: its permissions may have changed. */
  async function credentialBehind(principal: Principal, hash: string): Promise<Principal> {
    const { credential } = principal;
    if (credential !== undefined && credential === provider) return principal;
    const source = sources.find(({ kind }) => kind === kindOf(credential));
    // The server does not accept this kind of credential any more, or not with the settings of that time.
    if (source === undefined || credential === undefined) throw wireErrors.UNAUTHENTICATED.sessionEnded();
    try {
      return await source.current(credential);
    } catch (error) {
      if (error instanceof StagewireError && error.code === 'UNAUTHENTICATED') await store.remove(hash);
      throw error;
    }
  }

  async function endSessions(request: IncomingMessage): Promise<void> {
    for (const value of cookie.read(request).slice(0, maxEnded)) await store.remove(hashOfSecret(value));
  }

  function sourceOf(kind: string, behind: Pick<CredentialSource, 'version'> | undefined): CredentialSource {
    return {
      kind: `session-${kind}`,
      version: async () => `${await store.version()}\n${(await behind?.version()) ?? ''}`,
      current: (credential) => principalOf(credential.slice(credential.indexOf(':') + 1)),
    };
  }

  return {
    sources: [
      ...sources.map((source) => sourceOf(source.kind, source)),
      ...(provider === undefined ? [] : [sourceOf(kindOf(provider), undefined)]),
    ],
    async create(principal, request) {
      await endSessions(request);
      const now = clock.now();
      const expiresAtMs = Math.min(now + sessionMs, principal.expiresAtMs ?? Infinity);
      const { text, hash } = createSecretText('sws', randomBytes);
      const credential = principal.credential ?? provider;
      const stored = { ...principal, ...(credential !== undefined && { credential }) };
      const session = { hash, principal: stored, createdAtMs: now, expiresAtMs };
      await store.add(session, { maxSessionsPerOwner, maxSessions });
      return {
        cookie: cookie.header(request, text, expiresAtMs - now),
        principal: { ...principal, credential: credentialOf(session), session: true, expiresAtMs },
      };
    },
    hasCookie: (request) => cookie.read(request).length > 0,
    async authenticate(request) {
      const [value, ...others] = cookie.read(request);
      if (value === undefined) return undefined;
      // Another server on this host may have set one of them.
      if (others.length > 0) throw wireErrors.UNAUTHENTICATED.severalSessions();
      return principalOf(hashOfSecret(value));
    },
    async end(request) {
      await endSessions(request);
      return cookie.header(request, '', 0);
    },
  };
}

/** @param credential As `<kind>:<id>`. */
function kindOf(credential: string | undefined): string {
  return credential?.split(':', 1)[0] ?? '';
}

function credentialOf({ hash, principal }: StoredSession): string {
  return `session-${kindOf(principal.credential)}:${hash}`;
}
