import type { Identity, Quota, ServerInfo } from '@stagewire/shared';
import type { Caller } from '../identity/caller-identity.ts';
import { ownersOf, type Principal } from '../identity/principal.ts';

/** The limits of an owner, and what is used of them. */
export type QuotasOf = (owner: string) => Promise<readonly Quota[]>;

/**
 * The answer of `server.info` for a caller. One without an identity gets the version, and how to authenticate.
 *
 * @throws StagewireError if the caller is refused for another reason, such as PROTOCOL_MISMATCH.
 */
export async function infoFor(
  caller: Caller,
  info: Omit<ServerInfo, 'you'>,
  quotasOf: QuotasOf = () => Promise.resolve([]),
): Promise<ServerInfo> {
  if (caller.status === 'accepted') {
    const you = shownIdentity(caller.principal);
    // The answer does not depend on the log.
    const quotas = await quotasOf(you.owner).catch(() => []);
    return { ...info, you, ...(quotas.length > 0 && { quotas: [...quotas] }) };
  }
  // Also after too many failed attempts: otherwise a page whose session has ended could not offer to sign in again.
  if (!['UNAUTHENTICATED', 'RATE_LIMITED'].includes(caller.error.code)) throw caller.error;
  const { version, protocolVersion, protocolHash, heartbeatMs, now, auth, oidc } = info;
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
    ...(oidc !== undefined && { oidc }),
    you: null,
  };
}

/** A principal as its caller sees it. */
export function shownIdentity(principal: Principal): Identity {
  const { actor, owner, permissions, link, session = false, expiresAtMs } = principal;
  return {
    actor,
    owner,
    owners: [...ownersOf(principal)],
    permissions: [...permissions],
    ...(link !== undefined && { link }),
    session,
    ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs).toISOString() }),
  };
}
