import type { TRPCWebSocketClient } from '@trpc/client';
import type { Unsubscribable } from '@trpc/server/observable';

export interface SocketObserver {
  /** The server has accepted the subscription. */
  readonly onStarted: () => void;
  readonly onData: (data: unknown) => void;
  /** The server has sent that the subscription is complete. */
  readonly onStopped: () => void;
  readonly onComplete: () => void;
  readonly onError: (error: unknown) => void;
}

/** Calls and subscriptions over one WebSocket. */
export interface SocketClient {
  call(
    type: 'query' | 'mutation',
    path: string,
    options?: { readonly input?: unknown; readonly signal?: AbortSignal },
  ): Promise<unknown>;
  subscribe(path: string, input: object, observer: SocketObserver): Unsubscribable;
}

/** The protocol is plain JSON. */
const plain = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const transformer = { input: plain, output: plain };

/** tRPC's own client of links is four times as large, and does the same here. */
export function createSocketClient(socket: TRPCWebSocketClient): SocketClient {
  return {
    call(type, path, { input, signal } = {}) {
      return new Promise((resolve, reject) => {
        const op = { id: 0, type, path, input, signal: signal ?? null, context: {} };
        socket.request({ op, transformer }).subscribe({
          next({ result }) {
            if (result.type === 'data' || result.type === undefined) resolve(result.data);
          },
          error: reject,
          complete: () => reject(new Error('There is no answer: the connection was closed.')),
        });
      });
    },
    subscribe(path, input, observer) {
      const op = { id: 0, type: 'subscription' as const, path, input, signal: null, context: {} };
      return socket.request({ op, transformer }).subscribe({
        next({ result }) {
          if (result.type === 'started') observer.onStarted();
          else if (result.type === 'stopped') observer.onStopped();
          else if (result.type !== 'state') observer.onData(result.data);
        },
        error: (error) => observer.onError(error),
        complete: () => observer.onComplete(),
      });
    },
  };
}
