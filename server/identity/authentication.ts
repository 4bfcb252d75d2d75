import type { IncomingMessage } from 'node:http';
import type { AuthMethod, ServerInfo } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { secretBytes } from '../runtime/random.ts';
import type { AccessStores } from './access-stores.ts';
import type { AuditTrail } from './audit-trail.ts';
import { createAmbientIdentity } from './ambient-identity.ts';
import { createAttemptLimiter, type AttemptLimiter } from './attempt-limiter.ts';
import { createIdentify } from './create-identify.ts';
import { createRetryable } from './create-retryable.ts';
import type { CodeFlow } from './jwt/code-flow.ts';
import type { OpenedJwt } from './jwt/open-jwt.ts';
import type { CredentialSource, Identify, IdentifyToken, TokenMethod } from './identify.ts';
import { createKeyService, type KeyService } from './keys/key-service.ts';
import { createKeysMethod } from './keys/keys-method.ts';
import { linkTokenOf, type LinkRef } from './links/link-text.ts';
import { createLinksMethod, type SharedRuns } from './links/links-method.ts';
import { createLocalRuns } from './local-runs.ts';
import { createLiveIdentities, type LiveIdentities } from './live-identities.ts';
import { createProxyMethod, type ProxyHeaders } from './proxy/proxy-method.ts';
import { createTrustedProxies, type AddressRange } from './proxy/trusted-proxies.ts';
import { createSessionService, type SessionService } from './sessions/session-service.ts';
import { createSignIn, type SignIn } from './sessions/sign-in.ts';

export interface AuthenticationOptions {
  /** The ways that are accepted. */
  readonly methods: readonly AuthMethod[];
  /** Opens the stores of access keys, sessions, tickets and secrets; called if there are methods. */
  readonly openAccess: () => AccessStores;
  /** Needed by the method `jwt`. It is not closed with the rest. */
  readonly jwt?: OpenedJwt | undefined;
  /** The runs to which there may be links. */
  readonly sharedRuns: SharedRuns;
  /** The owner whose callers see the runs of `local` as well. @default none */
  readonly localOwner?: string | undefined;
  /** The address at which browsers reach the server. @default that at which it listens */
  readonly publicUrl?: string | undefined;
  /** How long a session lasts. @default 12 hours */
  readonly sessionMs?: number | undefined;
  /** The proxies in front of the server, and the headers of one that authenticates. @default none */
  readonly proxy?: ProxySettings | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called for each failed attempt to authenticate. @default not called */
  readonly onFailure?: ((kind: 'credential' | 'openid') => void) | undefined;
}

/** Sign-ins of one address at once; one more is allowed after each `signInRefillMs`. */
const maxSignIns = 100;
const signInRefillMs = 1000;

/** The proxies in front of a server. */
export interface ProxySettings {
  /** Their addresses. */
  readonly trusted: readonly AddressRange[];
  /** Used with the method `proxy` only. */
  readonly headers: ProxyHeaders;
  /** When a connection that the proxy has authenticated must reconnect, in milliseconds. */
  readonly sessionMs: number;
}

/** How a server authenticates its callers, for as long as it runs. */
export interface Authentication {
  readonly methods: readonly AuthMethod[];
  readonly identify: Identify;
  readonly identifyToken: IdentifyToken;
  /** The address of a client, for limits: also behind a trusted proxy. */
  readonly addressOf: (request: IncomingMessage) => string | undefined;
  /** Does a request come from a trusted proxy? */
  readonly isFromProxy: (request: IncomingMessage) => boolean;
  readonly live: LiveIdentities;
  readonly auditTrail: AuditTrail;
  readonly sessions: SessionService;
  readonly signIn: SignIn;
  /** `undefined` without the method `keys`. */
  readonly keys: KeyService | undefined;
  /** How people sign in at an OpenID provider. `undefined` without the method `jwt`, or without a client. */
  readonly codeFlow: CodeFlow | undefined;
  /** The provider and the client, as in `server.info`. */
  readonly oidc: ServerInfo['oidc'] | undefined;
  /**
   * Counts failed sign-ins at the OpenID provider. Apart from the other attempts, since an address that has used these up
   * cannot sign in there: pages whose session has ended make failed attempts too.
   */
  readonly codeLimiter: AttemptLimiter;
  /** The token of a link to a run. */
  linkToken(link: LinkRef): string;
  close(): Promise<void>;
}

/**
 * Opens what the methods need; `undefined` if there are none.
 *
 * @throws AccessUnusable, or an error of stores in a database that cannot be reached.
 */
export async function openAuthentication(
  options: AuthenticationOptions,
): Promise<Authentication | undefined> {
  const { methods, jwt, sharedRuns, clock, logger, sessionMs } = options;
  if (methods.length === 0) return undefined;
  await using opened = new AsyncDisposableStack();
  const publicUrl = options.publicUrl === undefined ? undefined : new URL(options.publicUrl);
  const trusted = createTrustedProxies(options.proxy?.trusted ?? []);
  const { addressOf } = trusted;
  const access = options.openAccess();
  opened.defer(() => access.close());
  const store = methods.includes('keys') ? access.credentials : undefined;
  const tokens: TokenMethod[] = [];
  const sources: CredentialSource[] = [];
  if (store !== undefined) {
    const method = createKeysMethod({ store, clock });
    tokens.push(method);
    sources.push(method);
  }
  if (jwt !== undefined) tokens.push(jwt.method);
  const linkSecret = await access.linkSecret();
  const links = createLinksMethod({ runs: access.sharedRuns ?? sharedRuns, secret: linkSecret, clock });
  tokens.push(links);
  sources.push(links);
  const onLimited = (address: string) =>
    logger.warn(
      { address },
      'too many failed attempts to authenticate from this address; rejecting further ones',
    );
  const { onFailure } = options;
  const limiter = createAttemptLimiter({ clock, onLimited, onFailure: () => onFailure?.('credential') });
  const sessions = createSessionService({
    store: access.sessions,
    clock,
    randomBytes: secretBytes,
    // Those of the tokens; a session is never behind a session.
    sources: [...sources],
    provider: jwt?.credential,
    publicUrl,
    sessionMs,
  });
  const proxy =
    methods.includes('proxy') && options.proxy !== undefined
      ? createProxyMethod({ ...options.proxy, trusted, clock })
      : undefined;
  const ambient = createAmbientIdentity({ sessions, tickets: access.tickets, proxy, publicUrl });
  const identified = createIdentify({ methods: tokens, limiter, ambient, addressOf });
  const localRuns = createLocalRuns(options.localOwner);
  const revocable = [...sources, ...sessions.sources].map((source) => localRuns.source(source));
  const live = createLiveIdentities({
    clock,
    sources: revocable,
    checksAtOnce: access.readsAtOnce,
    maxUncheckedMs: access.maxUncheckedMs,
    onChange: (listener) => access.onChange(listener),
    logger,
  });
  opened.defer(() => live.close());
  const signIn = createSignIn({
    sessions,
    audit: access.audit,
    ambient,
    identifyToken: identified.identifyToken,
    localRuns,
    limiter,
    signIns: createAttemptLimiter({ clock, maxFailures: maxSignIns, refillMs: signInRefillMs }),
    addressOf,
    proxy,
    publicUrl,
  });
  const keys = store === undefined ? undefined : createKeyService({ store, clock });
  const retryable = createRetryable(access);
  const kept = opened.move();
  return {
    methods,
    identify: retryable(localRuns.identify(identified.identify)),
    identifyToken: retryable(localRuns.identifyToken(identified.identifyToken)),
    addressOf,
    isFromProxy: trusted.isPeer,
    live,
    auditTrail: access.audit,
    sessions,
    signIn: {
      check: (request) => signIn.check(request),
      start: retryable((token, request) => signIn.start(token, request)),
      startAs: retryable((principal, request) => signIn.startAs(principal, request)),
      end: retryable((request) => signIn.end(request)),
      issueTicket: retryable((request) => signIn.issueTicket(request)),
    },
    keys: keys && {
      create: retryable((input, by) => keys.create(input, by)),
      list: retryable(() => keys.list()),
      revoke: retryable((id, by) => keys.revoke(id, by)),
    },
    codeFlow: jwt?.codeFlow,
    oidc: jwt?.oidc,
    codeLimiter: createAttemptLimiter({ clock, onLimited, onFailure: () => onFailure?.('openid') }),
    linkToken: (link) => linkTokenOf(link, linkSecret),
    close: () => kept.disposeAsync(),
  };
}
