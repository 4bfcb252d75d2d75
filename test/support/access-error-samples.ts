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
    'FORBIDDEN.permission',
    accessErrors.FORBIDDEN.permission('runs:read'),
    'The caller does not have the permission runs:read.',
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
    'RATE_LIMITED.authentication',
    accessErrors.RATE_LIMITED.authentication(2001),
    'Too many failed attempts to authenticate from this address. Retry in 3 s.',
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
