import type { SimServer } from './sim-server.ts';
import type { SimSocket } from './sim-socket.ts';

/** What a call came to: an answer, a refusal by its code, or nothing that anybody can know. */
export type Answer =
  | { readonly status: 'answered'; readonly data: unknown }
  | { readonly status: 'refused'; readonly code: string }
  | { readonly status: 'lost' };

/** What a subscription hears. Exactly one of the last three comes last. */
export interface SimSubscriber {
  onStarted(): void;
  onEvent(cursor: string, event: unknown): void;
  onStopped(): void;
  onRefused(code: string): void;
  onLost(): void;
}

/** One connection and what is under way on it, as a bare bot would have it. */
export interface SimClient {
  readonly name: string;
  readonly socket: SimSocket;
  call(path: string, input: object, onAnswer: (answer: Answer) => void): void;
  subscribe(path: string, input: object, subscriber: SimSubscriber): number;
  /** Ends a subscription; it still hears what was under way, then `onStopped`. */
  stop(id: number): void;
}

export interface SimClientOptions {
  readonly name: string;
  readonly server: SimServer;
  /** Told of every message, for the trace. */
  onMessage(text: string): void;
  onBroken(law: string): void;
}

interface Message {
  readonly id?: number | null;
  readonly result?: { readonly type: string; readonly id?: string; readonly data?: unknown };
  readonly error?: { readonly data?: { readonly stagewire?: { readonly code?: string } } };
}

interface TrackedResult {
  readonly id: string;
  readonly data: { readonly id: string; readonly data: unknown };
}

/** @returns `undefined` if nobody listens. */
export function connectSimClient(options: SimClientOptions): SimClient | undefined {
  const { name, server, onMessage, onBroken } = options;
  const calls = new Map<number, (answer: Answer) => void>();
  const subscribers = new Map<number, SimSubscriber>();
  let lastId = 0;

  function hear(text: string): void {
    onMessage(text);
    const message = JSON.parse(text) as Message;
    const id = message.id ?? -1;
    const code = message.error?.data?.stagewire?.code ?? 'UNKNOWN';
    const call = calls.get(id);
    const subscriber = subscribers.get(id);
    if (call !== undefined) {
      calls.delete(id);
      if (message.error === undefined) call({ status: 'answered', data: message.result?.data });
      else call({ status: 'refused', code });
    } else if (subscriber === undefined) {
      onBroken(`${name} got a message that belongs to nothing: ${text.slice(0, 200)}`);
    } else if (message.error !== undefined) {
      // The end of it; tRPC says `stopped` besides if it had started.
      subscribers.delete(id);
      subscribers.set(id, afterRefusal);
      subscriber.onRefused(code);
    } else if (message.result?.type === 'started') subscriber.onStarted();
    else if (message.result?.type === 'stopped') {
      subscribers.delete(id);
      subscriber.onStopped();
    } else {
      const {
        id,
        data: { id: cursor, data },
      } = message.result as TrackedResult;
      if (cursor !== id) onBroken(`${name}: an event comes with two cursors`);
      subscriber.onEvent(cursor, data);
    }
  }

  const socket = server.connect({
    onText: hear,
    onBroken,
    onGone() {
      for (const onAnswer of calls.values()) onAnswer({ status: 'lost' });
      for (const subscriber of subscribers.values()) subscriber.onLost();
      calls.clear();
      subscribers.clear();
    },
  });
  if (socket === undefined) return undefined;

  const nextId = () => (lastId += 1);
  return {
    name,
    socket,
    call(path, input, onAnswer) {
      const id = nextId();
      calls.set(id, onAnswer);
      socket.send({ id, method: 'mutation', params: { path, input } });
    },
    subscribe(path, input, subscriber) {
      const id = nextId();
      subscribers.set(id, subscriber);
      socket.send({ id, method: 'subscription', params: { path, input } });
      return id;
    },
    stop: (id) => socket.send({ id, method: 'subscription.stop' }),
  };
}

const afterRefusal: SimSubscriber = {
  onStarted: () => undefined,
  onEvent: () => undefined,
  onStopped: () => undefined,
  onRefused: () => undefined,
  onLost: () => undefined,
};
