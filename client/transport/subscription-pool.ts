import type { StagewireError } from '@stagewire/shared';
import type { Unsubscribable } from '@trpc/server/observable';
import type { StagewireClientError } from './client-error.ts';
import type { SubscriptionCallbacks, SubscriptionTransport } from '../streams/resume.ts';

/** The state of all connections for events of one transport. */
export interface PoolState {
  readonly status: 'idle' | 'connecting' | 'open' | 'lost' | 'refused' | 'closed';
  /** In milliseconds since the Unix epoch; see `ConnectionState`. */
  readonly since: number;
  readonly error?: StagewireError | StagewireClientError;
}

/** Makes subscriptions over one transport: WebSockets, or event streams over HTTP. */
export interface SubscriptionPool {
  readonly refusal: SubscriptionTransport['refusal'];
  readonly isFinal: SubscriptionTransport['isFinal'];
  subscribe(
    path: 'runs.events' | 'runs.feed',
    input: object,
    callbacks: SubscriptionCallbacks,
  ): Unsubscribable;
  /** The combined state of its connections. */
  readonly state: PoolState;
  /** Calls `listener` with every new state. Returns a function that removes it. */
  onChange(listener: (state: PoolState) => void): () => void;
  close(): Promise<void>;
}
