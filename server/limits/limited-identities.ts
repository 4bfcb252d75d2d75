import { StagewireError } from '@stagewire/shared';
import type { CallerIdentities, CallerIdentity } from '../identity/caller-identity.ts';
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
    return new CountedIdentity(identityOf(caller, connection), release);
  };
}

/** A class, since each connection has one: an object takes less memory than as many closures. */
class CountedIdentity implements CallerIdentity {
  readonly #identity: CallerIdentity;
  readonly #releaseConnection: () => void;

  constructor(identity: CallerIdentity, releaseConnection: () => void) {
    this.#identity = identity;
    this.#releaseConnection = releaseConnection;
  }

  get caller(): CallerIdentity['caller'] {
    return this.#identity.caller;
  }

  refresh(token: string): ReturnType<CallerIdentity['refresh']> {
    return this.#identity.refresh(token);
  }

  release(): void {
    this.#identity.release();
    this.#releaseConnection();
  }
}
