import { StagewireError } from '@stagewire/shared';
import type { Unsubscribable } from '@trpc/server/observable';
import type { Connection } from './connection.ts';
import type { SubscriptionCallbacks } from '../streams/resume.ts';
import { parseError } from './parse-error.ts';
import type { Session } from './session.ts';
import { createSocketClient, type SocketClient } from './socket-client.ts';
import type { PoolState, SubscriptionPool } from './subscription-pool.ts';
import { createStateListeners } from './state-listeners.ts';

export interface ConnectionPoolOptions {
  readonly session: Session;
  /** Creates another connection; it opens nothing before its first use. */
  readonly make: () => Connection;
  /** The maximum number of connections; beyond it the server's error is reported, and the subscription is retried. */
  readonly maxConnections: number;
  /** Called with the server's rejection of a subscription. */
  readonly onRejection?: (error: StagewireError) => void;
  /** How long the query of a trial may take, in milliseconds. */
  readonly openTimeoutMs: number;
}

/** The sockets that all subscriptions share: one, and more only if the server's limit per socket is reached. */
export interface ConnectionPool extends SubscriptionPool {
  /** Opens a socket, and makes one query over it. Resolves with whether it was answered. */
  tryOut(): Promise<boolean>;
  /** Closes all sockets; the next subscription opens one again. */
  rest(): void;
}

interface PooledConnection {
  readonly connection: Connection;
  readonly client: SocketClient;
  /** The number of its subscriptions. */
  used: number;
}

/** The limit of a server that has not reported another one. */
const usualCapacity = 256;

const worstFirst = ['closed', 'refused', 'lost', 'open', 'connecting', 'idle'] as const;

export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { session, make, maxConnections, openTimeoutMs, onRejection = () => {} } = options;
  const listeners = createStateListeners<PoolState>();
  let capacity = usualCapacity;
  const first = open();
  const connections: PooledConnection[] = [first];
  let state = first.connection.state;

  function open(): PooledConnection {
    const connection = make();
    connection.onChange(update);
    return {
      connection,
      client: createSocketClient(connection.socket),
      used: 0,
    };
  }

  function update(): void {
    const states = connections.map(({ connection }) => connection.state);
    const worst = worstFirst.flatMap((status) => states.filter((it) => it.status === status))[0];
    if (worst === undefined) return;
    if (state.status === worst.status && state.error === worst.error && state.since === worst.since) return;
    state = worst;
    listeners.notify(state);
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
    const subscription = client.subscribe(path, input, {
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
          onRejection(verdict);
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
    onChange: (listener) => listeners.add(listener),
    subscribe,
    refusal: (isNew) => {
      if (isNew) for (const { connection } of connections) connection.renew();
      return connections.find(({ connection }) => connection.state.status === 'refused')?.connection.state
        .error;
    },
    isFinal: (error) => connections.every(({ connection }) => connection.isFinal(error)),
    async tryOut() {
      const { connection, client } = first;
      connection.renew();
      const controller = new AbortController();
      const abort = () => controller.abort();
      const cancel = session.clock.after(openTimeoutMs, abort);
      const off = connection.onChange(({ status }) => {
        if (status !== 'connecting' && status !== 'open') abort();
      });
      try {
        await client.call('query', 'server.info', { signal: controller.signal });
        return true;
      } catch {
        return false;
      } finally {
        cancel();
        off();
      }
    },
    rest() {
      for (const { connection } of connections) connection.rest();
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
