import type { StagewireError } from '@stagewire/shared';
import { accessErrors } from '@stagewire/shared/access-errors';

/** Every error of authentication, permissions and access keys: its name in the catalogue, one, and its message. */
export const accessErrorSamples: readonly (readonly [
  name: string,
  error: StagewireError,
  message: string,
])[] = [
  [
    'UNAUTHENTICATED.missing',
    accessErrors.UNAUTHENTICATED.missing(),
    'This server requires authentication, and the request has no credentials.',
  ],
  [
    'UNAUTHENTICATED.scheme',
    accessErrors.UNAUTHENTICATED.scheme(),
    'The header Authorization must have the form "Bearer <token>".',
  ],
  [
    'UNAUTHENTICATED.conflicting',
    accessErrors.UNAUTHENTICATED.conflicting(),
    'The request has more than one credential. Send only one.',
  ],
  [
    'UNAUTHENTICATED.inUrl',
    accessErrors.UNAUTHENTICATED.inUrl(),
    'The URL of the request has a credential, and URLs are logged. Send it in the header Authorization. Revoke the key if others can read the logs.',
  ],
  [
    'UNAUTHENTICATED.unknownToken',
    accessErrors.UNAUTHENTICATED.unknownToken(),
    'The token is not valid on this server.',
  ],
  ['UNAUTHENTICATED.expired', accessErrors.UNAUTHENTICATED.expired(), 'The token has expired.'],
  ['UNAUTHENTICATED.revoked', accessErrors.UNAUTHENTICATED.revoked(), 'The access key was revoked.'],
  [
    'UNAUTHENTICATED.notYetValid',
    accessErrors.UNAUTHENTICATED.notYetValid(),
    'The token is not valid yet. Check that the clocks of the server and of the issuer are right.',
  ],
  [
    'UNAUTHENTICATED.otherIssuer',
    accessErrors.UNAUTHENTICATED.otherIssuer(),
    'The token is of another issuer than the one of this server.',
  ],
  [
    'UNAUTHENTICATED.otherAudience',
    accessErrors.UNAUTHENTICATED.otherAudience(),
    'The token was issued for another audience than this server.',
  ],
  [
    'UNAUTHENTICATED.tokenType',
    accessErrors.UNAUTHENTICATED.tokenType(),
    'The token is of another type. Use an access token or an ID token of the issuer.',
  ],
  [
    'UNAUTHENTICATED.email',
    accessErrors.UNAUTHENTICATED.email(),
    'The email address in the token is not verified by its issuer.',
  ],
  [
    'UNAUTHENTICATED.claim',
    accessErrors.UNAUTHENTICATED.claim('groups', 'is missing'),
    'The claim groups of the token cannot be used: it is missing.',
  ],
  [
    'UNAUTHENTICATED.sessionEnded',
    accessErrors.UNAUTHENTICATED.sessionEnded(),
    'The session has ended. Sign in again.',
  ],
  [
    'UNAUTHENTICATED.severalSessions',
    accessErrors.UNAUTHENTICATED.severalSessions(),
    'The request has more than one session cookie. Delete the cookies of this site, and sign in again.',
  ],
  [
    'UNAUTHENTICATED.ticketMissing',
    accessErrors.UNAUTHENTICATED.ticketMissing(),
    'A WebSocket of a session needs a ticket. Get one with POST /session/ticket.',
  ],
  [
    'UNAUTHENTICATED.ticketInvalid',
    accessErrors.UNAUTHENTICATED.ticketInvalid(),
    'The ticket was already used, has expired, or is of another session. Get another one.',
  ],
  [
    'UNAUTHENTICATED.untrustedProxy',
    accessErrors.UNAUTHENTICATED.untrustedProxy('x-auth-request-user'),
    'The request has the header x-auth-request-user of a proxy that authenticates, but does not come from one of STAGEWIRE_TRUSTED_PROXIES.',
  ],
  [
    'UNAUTHENTICATED.proxyHeader',
    accessErrors.UNAUTHENTICATED.proxyHeader('x-auth-request-user'),
    'The header x-auth-request-user of the proxy is present more than once, or malformed.',
  ],
  [
    'UNAUTHENTICATED.linkRemoved',
    accessErrors.UNAUTHENTICATED.linkRemoved(),
    'The link to the run was removed, or the run was deleted.',
  ],
  [
    'UNAUTHENTICATED.linkExpired',
    accessErrors.UNAUTHENTICATED.linkExpired(),
    'The link to the run has expired.',
  ],
  [
    'FORBIDDEN.permission',
    accessErrors.FORBIDDEN.permission('runs:read'),
    'The caller does not have the permission runs:read.',
  ],
  [
    'FORBIDDEN.metrics',
    accessErrors.FORBIDDEN.metrics(),
    'Without authentication, only programs on the machine of the server can read its metrics. Set STAGEWIRE_AUTH and use a key with the permission metrics:read, or set STAGEWIRE_METRICS_PORT.',
  ],
  ['FORBIDDEN.link', accessErrors.FORBIDDEN.link(), 'The link to the run does not permit this.'],
  [
    'FORBIDDEN.owner',
    accessErrors.FORBIDDEN.owner(),
    'The caller cannot access the runs of this owner. Use one of you.owners.',
  ],
  [
    'FORBIDDEN.csrf',
    accessErrors.FORBIDDEN.csrf(),
    'A request that a cookie or a proxy authenticates needs the header X-Stagewire-Csrf with the value 1.',
  ],
  [
    'FORBIDDEN.sessionOrigin',
    accessErrors.FORBIDDEN.sessionOrigin(),
    'A page of another origin cannot use the session of this server. Use a token.',
  ],
  [
    'FORBIDDEN.noSession',
    accessErrors.FORBIDDEN.noSession(),
    'Only a session needs a ticket. Connect with the token itself.',
  ],
  [
    'FORBIDDEN.proxied',
    accessErrors.FORBIDDEN.proxied(),
    'The proxy has authenticated the caller already. Sign out at the proxy to sign in as another one.',
  ],
  [
    'FORBIDDEN.otherOwner',
    accessErrors.FORBIDDEN.otherOwner(),
    'The token is of another owner than the connection. Open another connection with it.',
  ],
  [
    'FORBIDDEN.host',
    accessErrors.FORBIDDEN.host('evil.example'),
    'Host evil.example is not allowed. To allow it, add it to STAGEWIRE_HOSTS of the server.',
  ],
  [
    'FORBIDDEN.origin',
    accessErrors.FORBIDDEN.origin(),
    'This origin is not allowed. To allow it, add it to STAGEWIRE_ORIGINS of the server.',
  ],
  [
    'RATE_LIMITED.signIn',
    accessErrors.RATE_LIMITED.signIn(2001),
    'Too many sign-ins from this address. Retry in 3 s.',
  ],
  [
    'RATE_LIMITED.authentication',
    accessErrors.RATE_LIMITED.authentication(2001),
    'Too many failed attempts to authenticate from this address. Retry in 3 s.',
  ],
  [
    'SHARE_NOT_FOUND',
    accessErrors.SHARE_NOT_FOUND({ runId: 'run_0123456789', shareId: '0123456789abcdef' }),
    'Run run_0123456789 has no link 0123456789abcdef.',
  ],
  [
    'SHARING_UNAVAILABLE',
    accessErrors.SHARING_UNAVAILABLE(),
    'This server does not authenticate its callers: everyone who reaches it can read the run, without a link. To create links, start it with STAGEWIRE_AUTH=keys, or another way to authenticate.',
  ],
  [
    'TOO_MANY_SHARES.links',
    accessErrors.TOO_MANY_SHARES.links(50),
    'The run has too many links (limit 50). Remove one first.',
  ],
  [
    'TOO_MANY_SHARES.ever',
    accessErrors.TOO_MANY_SHARES.ever(1000),
    'Too many links to the run were created, removed ones included (limit 1000).',
  ],
  [
    'KEY_NOT_FOUND',
    accessErrors.KEY_NOT_FOUND('0123456789abcdef'),
    'There is no access key 0123456789abcdef.',
  ],
  [
    'KEY_ID_CONFLICT',
    accessErrors.KEY_ID_CONFLICT('0123456789abcdef'),
    'The id 0123456789abcdef was already used for an access key with a different body. Create a new key.',
  ],
];
