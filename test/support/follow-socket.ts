import type { FeedEvent, RunEvent } from '@stagewire/shared';
import { WebSocket, type ClientOptions } from 'ws';
import type { Ledger } from './ledger.ts';

/** A refusal by the server, as a bare client reads it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly retryable: boolean;

  constructor(error: { message: string; data: { stagewire: { code: string; retryable: boolean } } }) {
    super(`${error.data.stagewire.code}: ${error.message}`);
    this.code = error.data.stagewire.code;
    this.retryable = error.data.stagewire.retryable;
  }
}

/** How a subscription came to its end: the server said so, or the socket was lost. */
export type SubscriptionEnd = 'stopped' | 'lost';

/** A WebSocket for many subscriptions that keeps nothing of what comes, so that a test can have hundreds of them. */
export interface FollowSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  readonly closed: Promise<number>;
  /** @throws Refusal. @throws Error if the socket is lost before the answer. */
  call<Output>(method: 'query' | 'mutation', path: string, input?: unknown): Promise<Output>;
  /** Resolves when it is over. @throws Refusal */
  subscribe(
    path: string,
    input: object,
    onEvent: (event: never, cursor: string) => void,
  ): Promise<SubscriptionEnd>;
  /** Applies a run's events to the ledger, behind the cursor at which it stands. @throws Refusal */
  follow(ledger: Ledger, include?: { reasoning?: boolean }): Promise<SubscriptionEnd>;
  /** Applies the feed. @throws Refusal */
  feed(input: object, onEvent: (event: FeedEvent, cursor: string) => void): Promise<SubscriptionEnd>;
  /** Destroys the TCP socket, as a lost network does. */
  drop(): void;
}

interface Waiter {
  onFrame(frame: IncomingFrame): void;
  onLost(): void;
}

interface IncomingFrame {
  readonly id: number | null;
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: unknown };
  readonly error?: { message: string; data: { stagewire: { code: string; retryable: boolean } } };
}

/** @throws Error if there is no connection. */
export async function openFollowSocket(port: number, options: ClientOptions = {}): Promise<FollowSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc`, { perMessageDeflate: false, ...options });
  const waiters = new Map<number, Waiter>();
  let lastId = 0;
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code) => {
      for (const waiter of waiters.values()) waiter.onLost();
      waiters.clear();
      resolve(code);
    });
  });
  socket.on('message', (raw: Buffer) => {
    const frame = JSON.parse(raw.toString('utf8')) as IncomingFrame;
    if (frame.id !== null) waiters.get(frame.id)?.onFrame(frame);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  // The close that follows tells what is to be told.
  socket.on('error', () => undefined);

  function ask<Result>(
    message: { method: string; params: object },
    answer: (frame: IncomingFrame) => { result: Result } | undefined,
    onLost: () => Result | Error,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const id = (lastId += 1);
      const settle = (result: Result) => {
        waiters.delete(id);
        resolve(result);
      };
      const lose = () => {
        const lost = onLost();
        if (lost instanceof Error) reject(lost);
        else settle(lost);
      };
      if (socket.readyState !== WebSocket.OPEN) return lose();
      waiters.set(id, {
        onLost: lose,
        onFrame(frame) {
          if (frame.error !== undefined) {
            waiters.delete(id);
            return reject(new Refusal(frame.error));
          }
          const known = answer(frame);
          if (known !== undefined) settle(known.result);
        },
      });
      socket.send(JSON.stringify({ id, ...message }));
    });
  }

  const opened: FollowSocket = {
    socket,
    closed,
    call: <Output>(method: 'query' | 'mutation', path: string, input?: unknown) =>
      ask<Output>(
        { method, params: { path, input } },
        (frame) => ({ result: frame.result?.data as Output }),
        () => new Error(`the socket was lost before ${path} was answered`),
      ),
    subscribe: (path, input, onEvent) =>
      ask<SubscriptionEnd>(
        { method: 'subscription', params: { path, input } },
        ({ result }) => {
          if (result?.type === 'stopped') return { result: 'stopped' };
          if (result?.type !== 'data') return undefined;
          const tracked = result.data as { readonly id: string; readonly data: never };
          onEvent(tracked.data, tracked.id);
          return undefined;
        },
        () => 'lost',
      ),
    follow: (ledger, include) =>
      opened.subscribe(
        'runs.events',
        { runId: ledger.runId, lastEventId: ledger.cursor, ...(include && { include }) },
        (event: RunEvent, cursor) => ledger.apply(event, cursor),
      ),
    feed: (input, onEvent) => opened.subscribe('runs.feed', input, onEvent),
    drop: () => socket.terminate(),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
  return opened;
}
