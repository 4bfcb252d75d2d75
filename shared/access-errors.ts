import { StagewireError } from './errors.ts';

/** The errors of authentication, permissions and access keys: a part of the catalogue in `wire-errors.ts`. */
export const accessErrors = {
  UNAUTHENTICATED: {
    missing: () =>
      new StagewireError(
        'UNAUTHENTICATED',
        'This server requires authentication, and the request has no credentials.',
      ),
    scheme: () => unauthenticated('The header Authorization must have the form "Bearer <token>".'),
    conflicting: () => unauthenticated('The request has more than one credential. Send only one.'),
    inUrl: () =>
      unauthenticated(
        'The URL of the request has a credential, and URLs are logged. Send it in the header Authorization. Revoke the key if others can read the logs.',
      ),
    /** The same for a wrong secret, an unknown id and any other text. */
    unknownToken: () => unauthenticated('The token is not valid on this server.'),
    expired: () => unauthenticated('The token has expired.'),
    revoked: () => unauthenticated('The access key was revoked.'),
    notYetValid: () =>
      unauthenticated(
        'The token is not valid yet. Check that the clocks of the server and of the issuer are right.',
      ),
    otherIssuer: () => unauthenticated('The token is of another issuer than the one of this server.'),
    otherAudience: () => unauthenticated('The token was issued for another audience than this server.'),
    tokenType: () =>
      unauthenticated('The token is of another type. Use an access token or an ID token of the issuer.'),
    email: () => unauthenticated('The email address in the token is not verified by its issuer.'),
    /** @param problem As the end of a sentence. */
    claim: (name: string, problem: string) =>
      unauthenticated(`The claim ${name} of the token cannot be used: it ${problem}.`),
    /** The same for a session that has ended and for any other text. */
    sessionEnded: () => unauthenticated('The session has ended. Sign in again.'),
    severalSessions: () =>
      unauthenticated(
        'The request has more than one session cookie. Delete the cookies of this site, and sign in again.',
      ),
    ticketMissing: () =>
      unauthenticated('A WebSocket of a session needs a ticket. Get one with POST /session/ticket.'),
    ticketInvalid: () =>
      unauthenticated('The ticket was already used, has expired, or is of another session. Get another one.'),
    /** @param header Its name. */
    untrustedProxy: (header: string) =>
      unauthenticated(
        `The request has the header ${header} of a proxy that authenticates, but does not come from one of STAGEWIRE_TRUSTED_PROXIES.`,
      ),
    /** @param header Its name. */
    proxyHeader: (header: string) =>
      unauthenticated(`The header ${header} of the proxy is present more than once, or malformed.`),
    /** The same for a link that was removed, and for one whose run was deleted. */
    linkRemoved: () => unauthenticated('The link to the run was removed, or the run was deleted.'),
    linkExpired: () => unauthenticated('The link to the run has expired.'),
  },
  FORBIDDEN: {
    permission: (permission: string) =>
      new StagewireError('FORBIDDEN', `The caller does not have the permission ${permission}.`, {
        details: { permission },
      }),
    metrics: () =>
      new StagewireError(
        'FORBIDDEN',
        'Without authentication, only programs on the machine of the server can read its metrics. Set STAGEWIRE_AUTH and use a key with the permission metrics:read, or set STAGEWIRE_METRICS_PORT.',
      ),
    link: () => new StagewireError('FORBIDDEN', 'The link to the run does not permit this.'),
    /** The same whether or not the owner exists. */
    owner: () =>
      new StagewireError(
        'FORBIDDEN',
        'The caller cannot access the runs of this owner. Use one of you.owners.',
      ),
    csrf: () =>
      new StagewireError(
        'FORBIDDEN',
        'A request that a cookie or a proxy authenticates needs the header X-Stagewire-Csrf with the value 1.',
      ),
    sessionOrigin: () =>
      new StagewireError(
        'FORBIDDEN',
        'A page of another origin cannot use the session of this server. Use a token.',
      ),
    noSession: () =>
      new StagewireError('FORBIDDEN', 'Only a session needs a ticket. Connect with the token itself.'),
    proxied: () =>
      new StagewireError(
        'FORBIDDEN',
        'The proxy has authenticated the caller already. Sign out at the proxy to sign in as another one.',
      ),
    otherOwner: () =>
      new StagewireError(
        'FORBIDDEN',
        'The token is of another owner than the connection. Open another connection with it.',
      ),
    /** @param host As the request names it. */
    host: (host: string) =>
      new StagewireError(
        'FORBIDDEN',
        `Host ${host} is not allowed. To allow it, add it to STAGEWIRE_HOSTS of the server.`,
      ),
    origin: () =>
      new StagewireError(
        'FORBIDDEN',
        'This origin is not allowed. To allow it, add it to STAGEWIRE_ORIGINS of the server.',
      ),
  },
  RATE_LIMITED: {
    signIn: (retryAfterMs: number) =>
      new StagewireError(
        'RATE_LIMITED',
        `Too many sign-ins from this address. Retry in ${Math.ceil(retryAfterMs / 1000)} s.`,
        { details: { retryAfterMs } },
      ),
    authentication: (retryAfterMs: number) =>
      new StagewireError(
        'RATE_LIMITED',
        `Too many failed attempts to authenticate from this address. Retry in ${Math.ceil(retryAfterMs / 1000)} s.`,
        { details: { retryAfterMs } },
      ),
  },
  SHARE_NOT_FOUND: (details: { readonly runId: string; readonly shareId: string }) =>
    new StagewireError('SHARE_NOT_FOUND', `Run ${details.runId} has no link ${details.shareId}.`, {
      details,
    }),
  SHARING_UNAVAILABLE: () =>
    new StagewireError(
      'SHARING_UNAVAILABLE',
      'This server does not authenticate its callers: everyone who reaches it can read the run, without a link. To create links, start it with STAGEWIRE_AUTH=keys, or another way to authenticate.',
    ),
  TOO_MANY_SHARES: {
    links: (maxSharesPerRun: number) =>
      new StagewireError(
        'TOO_MANY_SHARES',
        `The run has too many links (limit ${maxSharesPerRun}). Remove one first.`,
        { details: { maxSharesPerRun } },
      ),
    ever: (maxSharesEverPerRun: number) =>
      new StagewireError(
        'TOO_MANY_SHARES',
        `Too many links to the run were created, removed ones included (limit ${maxSharesEverPerRun}).`,
        { details: { maxSharesEverPerRun } },
      ),
  },
  KEY_NOT_FOUND: (id: string) =>
    new StagewireError('KEY_NOT_FOUND', `There is no access key ${id}.`, { details: { id } }),
  KEY_ID_CONFLICT: (id: string) =>
    new StagewireError(
      'KEY_ID_CONFLICT',
      `The id ${id} was already used for an access key with a different body. Create a new key.`,
      { details: { id } },
    ),
};

function unauthenticated(message: string) {
  return new StagewireError('UNAUTHENTICATED', message);
}
