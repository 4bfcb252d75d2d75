import { StagewireError } from '@stagewire/shared';
import type { CallerIdentities } from '../identity/caller-identity.ts';
import type { OwnerLimits } from './owner-limits.ts';

/** Counts the connections of each owner: above its limit a caller is rejected like one without credentials. */
export function limitIdentities(
  identityOf: CallerIdentities,
  limits: Pick<OwnerLimits, 'settings' | 'holdConnection'> | undefined,
): CallerIdentities {
  const { owner, server } = limits?.settings ?? {};
  const isLimited =
    (owner?.connections ?? Infinity) < Infinity || (server?.connections ?? Infinity) < Infinity;
  // Otherwise an idle connection would pay for the count.
  if (limits === undefined || !isLimited) return identityOf;

  return (caller, connection) => {
    if (caller.status === 'refused') return identityOf(caller, connection);
    let release: () => void;
    try {
      release = limits.holdConnection(caller.principal.owner);
    } catch (error) {
      if (!(error instanceof StagewireError)) throw error;
      return identityOf({ status: 'refused', error }, connection);
    }
    const identity = identityOf(caller, connection);
    return {
      get caller() {
        return identity.caller;
      },
      refresh: (token) => identity.refresh(token),
      release() {
        identity.release();
        release();
      },
    };
  };
}
