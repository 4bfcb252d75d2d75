import { StagewireError } from '@stagewire/shared';
import { createTRPCUntypedClient, wsLink } from '@trpc/client';
import type { Unsubscribable } from '@trpc/server/observable';
import type { StagewireClientError } from './client-error.ts';
import type { Connection, ConnectionState } from './connection.ts';
import type { SubscriptionTransport, SubscriptionCallbacks, Trouble } from '../streams/resume.ts';
import { parseError } from './parse-error.ts';

export interface ConnectionPoolOptions {
  /** Creates another connection; it opens nothing before its first use. */
  readonly make: () => Connection;
  /** The maximum number of connections; beyond it the server's error is reported, and the subscription is retried. */
  readonly maxConnections: number;
}

/** The sockets that all subscriptions share: one, and more only if the server's limit per socket is reached. */
export interface ConnectionPool {
  readonly refusal: SubscriptionTransport['refusal'];
  readonly isFinal: SubscriptionTransport['isFinal'];
  readonly openTrouble: SubscriptionTransport['openTrouble'];
  readonly subscribe: SubscriptionTransport['subscribe'];
  /** The combined state: the worst one of the connections in use. */
  readonly state: ConnectionState;
  onChange(listener: (state: ConnectionState) => void): () => void;
  close(): Promise<void>;
}

interface PooledConnection {
  readonly connection: Connection;
  readonly client: ReturnType<typeof createTRPCUntypedClient>;
  /** The number of its subscriptions. */
  used: number;
}

/** The limit of a server that has not reported another one. */
const usualCapacity = 256;

const worstFirst = ['closed', 'refused', 'lost', 'open', 'connecting', 'idle'] as const;

export function createConnectionPool({ make, maxConnections }: ConnectionPoolOptions): ConnectionPool {
  const listeners = new Set<(state: ConnectionState) => void>();
  const troubles = new Map<Trouble, StagewireError | StagewireClientError>();
  let capacity = usualCapacity;
  const first = open();
  const connections: PooledConnection[] = [first];
  let state = first.connection.state;

  function open(): PooledConnection {
    const connection = make();
    connection.onChange(update);
    return {
      connection,
      client: createTRPCUntypedClient({ links: [wsLink({ client: connection.socket })] }),
      used: 0,
    };
  }

  function update(): void {
    const states = connections.map(({ connection }) => connection.state);
    const worst = worstFirst.flatMap((status) => states.filter((it) => it.status === status))[0];
    if (worst === undefined) return;
    const error = worst.error ?? (worst.status === 'open' ? [...troubles.values()].at(-1) : undefined);
    if (state.status === worst.status && state.error === error && state.since === worst.since) return;
    state = { status: worst.status, since: worst.since, ...(error && { error }) };
    for (const listener of Array.from(listeners)) listener(state);
  }

  function connectionWithCapacity(): PooledConnection {
    const free = connections.find(({ used }) => used < capacity);
    if (free !== undefined) return free;
    if (connections.length < maxConnections) connections.push(open());
    return connections.at(-1) ?? first;
  }

  function subscribe(
    path: 'runs.events' | 'runs.feed',
    input: object,
    callbacks: SubscriptionCallbacks,
  ): Unsubscribable {
    const pooled = connectionWithCapacity();
    const { connection, client } = pooled;
    let isCounted = true;
    pooled.used += 1;
    const leave = () => {
      if (isCounted) pooled.used -= 1;
      isCounted = false;
    };
    const subscription = client.subscription(path, input, {
      // Accepted, though no event may follow for a long time.
      onStarted: () => connection.noteServed(),
      onData(tracked) {
        connection.noteServed();
        callbacks.onData(tracked);
      },
      onStopped: () => callbacks.onStopped(),
      onComplete() {
        leave();
        callbacks.onComplete();
      },
      onError(error) {
        leave();
        const verdict = parseError(error);
        if (verdict instanceof StagewireError) {
          capacity = capacityIn(verdict) ?? capacity;
          connection.noteRefusal(verdict);
        }
        callbacks.onError(error);
      },
    });
    return {
      unsubscribe() {
        leave();
        subscription.unsubscribe();
      },
    };
  }

  return {
    get state() {
      return state;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    subscribe,
    refusal: (isNew) => {
      if (isNew) for (const { connection } of connections) connection.renew();
      return connections.find(({ connection }) => connection.state.status === 'refused')?.connection.state
        .error;
    },
    isFinal: (error) => connections.every(({ connection }) => connection.isFinal(error)),
    openTrouble: () => {
      const trouble: Trouble = {
        set(error) {
          if (error === undefined ? !troubles.delete(trouble) : troubles.get(trouble) === error) return;
          if (error !== undefined) troubles.set(trouble, error);
          update();
        },
      };
      return trouble;
    },
    async close() {
      await Promise.all(connections.map(({ connection }) => connection.close()));
      listeners.clear();
    },
  };
}

/** The server's limit of subscriptions per connection, if that was the reason of a rejection. */
function capacityIn({ code, details }: StagewireError): number | undefined {
  if (code !== 'OVERLOADED') return undefined;
  const maxSubscriptions = details?.maxSubscriptions;
  return typeof maxSubscriptions === 'number' && maxSubscriptions >= 1 ? maxSubscriptions : undefined;
}
