import { wireErrors } from '@stagewire/shared/wire-errors';
import type { CallerIdentity } from '../identity/caller-identity.ts';
import { canAccess, requireOwners, requireRightToCall } from '../identity/principal.ts';
import type { Principal, RunOfOwner } from '../identity/principal.ts';

/** Whose subscription it is: the principal that opened it, and the present identity of its connection. */
export interface SubscriptionHolder {
  readonly principal: Principal;
  readonly identity: Pick<CallerIdentity, 'caller'>;
}

/**
 * Whether the present identity of a connection may have the next event of an open subscription. A refresh may have replaced
 * the identity that opened it; the expiry and the revocation of that one then end nothing.
 */
export class AccessCheck {
  readonly #identity: SubscriptionHolder['identity'];
  readonly #of: RunOfOwner | { readonly owners: readonly string[] };
  #checked: Principal;

  /** @param of The run of the subscription, or the owners of the feed. */
  constructor(
    { principal, identity }: SubscriptionHolder,
    of: RunOfOwner | { readonly owners: readonly string[] },
  ) {
    this.#identity = identity;
    this.#of = of;
    this.#checked = principal;
  }

  /** @throws StagewireError FORBIDDEN or RUN_NOT_FOUND */
  check(): void {
    const { caller } = this.#identity;
    // A refused identity has ended, and its connection is being closed: its client resumes with a new one.
    if (caller.status === 'refused' || caller.principal === this.#checked) return;
    const of = this.#of;
    if ('runId' in of) {
      requireRightToCall(caller.principal, 'runs.events');
      if (!canAccess(caller.principal, of)) throw wireErrors.RUN_NOT_FOUND(of.runId);
    } else {
      requireRightToCall(caller.principal, 'runs.feed');
      for (const owner of of.owners) requireOwners(caller.principal, owner);
    }
    this.#checked = caller.principal;
  }
}
