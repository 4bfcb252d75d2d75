import type { ServerInfo } from '@stagewire/shared';
import { ownersOf } from '../identity/principal.ts';
import type { Caller } from './context.ts';

/**
 * The answer of `server.info` for a caller. One without an identity gets the version, and how to authenticate.
 *
 * @throws StagewireError if the caller is refused for another reason, such as PROTOCOL_MISMATCH.
 */
export function infoFor(caller: Caller, info: Omit<ServerInfo, 'you'>): ServerInfo {
  if (caller.status === 'accepted') {
    const { actor, owner, permissions } = caller.principal;
    return {
      ...info,
      you: { actor, owner, owners: [...ownersOf(caller.principal)], permissions: [...permissions] },
    };
  }
  if (caller.error.code !== 'UNAUTHENTICATED') throw caller.error;
  const { version, protocolVersion, protocolHash, heartbeatMs, now, auth } = info;
  return {
    version,
    protocolVersion,
    protocolHash,
    features: [],
    roles: [],
    models: {},
    realModel: false,
    limits: {},
    heartbeatMs,
    now,
    auth,
    you: null,
  };
}
