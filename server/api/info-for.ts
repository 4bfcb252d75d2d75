import type { Identity, ServerInfo } from '@stagewire/shared';
import type { Caller } from '../identity/caller-identity.ts';
import { ownersOf, type Principal } from '../identity/principal.ts';

/**
 * The answer of `server.info` for a caller. One without an identity gets the version, and how to authenticate.
 *
 * @throws StagewireError if the caller is refused for another reason, such as PROTOCOL_MISMATCH.
 */
export function infoFor(caller: Caller, info: Omit<ServerInfo, 'you'>): ServerInfo {
  if (caller.status === 'accepted') return { ...info, you: shownIdentity(caller.principal) };
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

/** A principal as its caller sees it. */
export function shownIdentity(principal: Principal): Identity {
  const { actor, owner, permissions, expiresAtMs } = principal;
  return {
    actor,
    owner,
    owners: [...ownersOf(principal)],
    permissions: [...permissions],
    ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs).toISOString() }),
  };
}
