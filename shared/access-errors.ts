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
  },
  FORBIDDEN: {
    permission: (permission: string) =>
      new StagewireError('FORBIDDEN', `The caller does not have the permission ${permission}.`, {
        details: { permission },
      }),
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
    authentication: (retryAfterMs: number) =>
      new StagewireError(
        'RATE_LIMITED',
        `Too many failed attempts to authenticate from this address. Retry in ${Math.ceil(retryAfterMs / 1000)} s.`,
        { details: { retryAfterMs } },
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
