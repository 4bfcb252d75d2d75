import type { SubscriptionKind } from '../delivery/subscriber-meter.ts';
import type { CallerIdentity } from '../identity/caller-identity.ts';

/** The context of a procedure: its caller and its connection. Created once per connection, on HTTP once per request. */
export interface Context {
  readonly identity: CallerIdentity;
  readonly connection: Connection;
}

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
  openSubscription(kind: SubscriptionKind): () => void;

  /** Gets the input of each call, before it is validated. @default nothing is done with it */
  called?(input: unknown): void;
}
