import type { StagewireError } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { IdentifyToken } from './identify.ts';
import type { IdentityHolder, LiveIdentities } from './live-identities.ts';
import { ownersOf, type Principal } from './principal.ts';

/**
 * A rejected caller may connect and gets the error at each call: rejecting the upgrade would make clients retry
 * forever.
 */
export type Caller =
  | { readonly status: 'accepted'; readonly principal: Principal }
  | { readonly status: 'refused'; readonly error: StagewireError };

/** The identity of a connection. It may change while the connection is open. */
export interface CallerIdentity {
  readonly caller: Caller;
  /**
   * Replaces the identity for all later calls.
   *
   * @throws StagewireError FORBIDDEN for a token of another owner, UNAUTHENTICATED, RATE_LIMITED: nothing has changed.
   */
  refresh(token: string): Promise<Principal>;
  /** The connection is closed. Idempotent. */
  release(): void;
}

/** The connection of an identity. */
export interface IdentifiedConnection {
  /** Address of the peer. */
  readonly address: string | undefined;
  /** The identity has expired or was revoked. */
  onEnd(error: StagewireError): void;
}

export interface CallerIdentitiesOptions {
  readonly live: LiveIdentities;
  /** @default a refresh changes nothing: every token means the same caller */
  readonly identifyToken?: IdentifyToken | undefined;
}

/** Creates the identity of each connection. */
export type CallerIdentities = (caller: Caller, connection: IdentifiedConnection) => CallerIdentity;

export function createCallerIdentities(options: CallerIdentitiesOptions): CallerIdentities {
  /** Shared by all connections of a principal that cannot change, so that they cost nothing. */
  const fixed = new WeakMap<Principal, CallerIdentity>();

  return (caller, connection) => {
    if (caller.status === 'refused')
      return { caller, refresh: () => Promise.reject(caller.error), release() {} };
    const { principal } = caller;
    if (options.identifyToken !== undefined || principal.expiresAtMs !== undefined) {
      return new ChangingIdentity(principal, connection, options);
    }
    const known = fixed.get(principal);
    if (known !== undefined) return known;
    const made: CallerIdentity = { caller, refresh: () => Promise.resolve(principal), release() {} };
    fixed.set(principal, made);
    return made;
  };
}

class ChangingIdentity implements CallerIdentity, IdentityHolder {
  caller: Caller;
  readonly #connection: IdentifiedConnection;
  readonly #options: CallerIdentitiesOptions;
  #isReleased = false;

  constructor(principal: Principal, connection: IdentifiedConnection, options: CallerIdentitiesOptions) {
    this.caller = { status: 'accepted', principal };
    this.#connection = connection;
    this.#options = options;
    options.live.watch(this);
  }

  get principal(): Principal {
    if (this.caller.status === 'refused') throw this.caller.error;
    return this.caller.principal;
  }

  /** Which of several owners comes first may change, but not for whom the connection starts runs. */
  set principal(next: Principal) {
    const { owner } = this.principal;
    const isSame = next.owner === owner || !ownersOf(next).includes(owner);
    this.caller = { status: 'accepted', principal: isSame ? next : { ...next, owner } };
  }

  async refresh(token: string): Promise<Principal> {
    const { identifyToken, live } = this.#options;
    if (identifyToken === undefined) return this.principal;
    const next = await identifyToken(token, this.#connection.address);
    // It throws if the identity has ended meanwhile: the connection is being closed.
    const { owner } = this.principal;
    if (!ownersOf(next).includes(owner)) throw wireErrors.FORBIDDEN.otherOwner();
    this.principal = next;
    if (!this.#isReleased) live.watch(this);
    return this.principal;
  }

  end(error: StagewireError): void {
    this.caller = { status: 'refused', error };
    this.#connection.onEnd(error);
  }

  release(): void {
    this.#isReleased = true;
    this.#options.live.release(this);
  }
}
