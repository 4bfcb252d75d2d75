import type { StagewireError } from '@stagewire/shared';
import type { Principal } from '../runs/run-service.ts';

/** What a procedure knows about who calls it and over what. Made once per connection, on HTTP once per request. */
export interface Context {
  readonly caller: Caller;
  readonly connection: Connection;
}

/** A refused caller is let in and told so at each call: refused at the door, clients would knock for ever. */
export type Caller =
  | { readonly status: 'accepted'; readonly principal: Principal }
  | { readonly status: 'refused'; readonly error: StagewireError };

/** @throws StagewireError TOO_LARGE, OVERLOADED. */
export type HoldAnswer = (bytes: number) => Promise<void>;

/** The connection of a call, as far as subscriptions must mind it. */
export interface Connection {
  /** Resolves when the reader can take more, or when `signal` aborts; `undefined` if it can. It never rejects. */
  ready(signal: AbortSignal): Promise<void> | undefined;

  /**
   * Makes a query or a mutation when the connection has room for its answer, and gives the answer when it can leave.
   * Whoever makes a large answer calls `hold` with about its bytes before it is made, and again for what it has grown by.
   */
  answer<Result>(call: (hold: HoldAnswer) => Promise<Result>): Promise<Result>;

  /**
   * Counts one more subscription; the returned function takes it off again, and may be called twice.
   *
   * @throws StagewireError OVERLOADED if the connection carries as many as it may.
   */
  openSubscription(): () => void;
}
