import type { CredentialSource, Identify, IdentifyToken } from './identify.ts';
import { localPrincipal, ownersOf, type Principal } from './principal.ts';

/** Gives the callers of one owner access to the runs from before authentication, whose owner is `local`. */
export interface LocalRuns {
  /** For what is shown only: a session is stored without it, so that it ends with the setting. */
  withLocal(principal: Principal): Principal;
  identify(identify: Identify): Identify;
  identifyToken(identifyToken: IdentifyToken): IdentifyToken;
  source(source: CredentialSource): CredentialSource;
}

/** @param localOwner The owner; `undefined`: no one gets access, apart from callers whose owner is `local`, and admins. */
export function createLocalRuns(localOwner: string | undefined): LocalRuns {
  function withLocal(principal: Principal): Principal {
    const owners = ownersOf(principal);
    // A link is to one run of its owner, whatever else that owner has.
    if (localOwner === undefined || principal.link !== undefined || !owners.includes(localOwner)) {
      return principal;
    }
    return owners.includes(localPrincipal.owner)
      ? principal
      : { ...principal, owners: [...owners, localPrincipal.owner] };
  }

  return {
    withLocal,
    identify:
      (identify) =>
      async (...call) =>
        withLocal(await identify(...call)),
    identifyToken:
      (identifyToken) =>
      async (...call) =>
        withLocal(await identifyToken(...call)),
    source: (source) => ({
      kind: source.kind,
      version: () => source.version(),
      current: async (credential) => withLocal(await source.current(credential)),
    }),
  };
}
