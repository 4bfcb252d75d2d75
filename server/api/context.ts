import type { StagewireError } from '@stagewire/shared';
import type { Principal } from '../identity/principal.ts';

/** The context of a procedure: its caller and its connection. Created once per connection, on HTTP once per request. */
export interface Context {
  readonly caller: Caller;
  readonly connection: Connection;
}

/**
 * A rejected caller may connect and gets the error at each call: rejecting the upgrade would make clients retry
 * forever.
 */
export type Caller =
  | { readonly status: 'accepted'; readonly principal: Principal }
  | { readonly status: 'refused'; readonly error: StagewireError };

/** @throws StagewireError TOO_LARGE, OVERLOADED. */
export type ChargeAnswer = (bytes: number) => Promise<void>;

/** The connection of a call. */
export interface Connection {
  /** Resolves when the client can take more, or when `signal` aborts; `undefined` if it can. It never rejects. */
  ready(signal: AbortSignal): Promise<void> | undefined;

  /**
   * Runs a query or a mutation when the connection has capacity for its answer, and resolves with the answer when it
   * can be sent. A call with a large answer charges its estimated bytes before creating it, and again for its growth.
   */
  answer<Result>(call: (charge: ChargeAnswer) => Promise<Result>): Promise<Result>;

  /**
   * Counts one more subscription; the returned function releases it and is idempotent.
   *
   * @throws StagewireError OVERLOADED if the connection has reached its limit.
   */
  openSubscription(): () => void;
}
