import type { StagewireError } from '@stagewire/shared';
import { asError } from '@stagewire/shared/caught-error';
import type { EventsInput, FeedInput, RunEvent } from '../generated/contract.ts';
import type { SubscriptionCallbacks, SubscriptionTransport } from '../streams/resume.ts';
import type { ConnectionState } from '../transport/connection-state.ts';
import type { Session } from '../transport/session.ts';
import type { ReplayLog, TrackedEvent } from './replay-log.ts';
import { createStateListeners } from '../transport/state-listeners.ts';

/** The subscriptions of a replay client, and its connection, which the test loses and restores. */
export interface ReplayConnection {
  readonly state: ConnectionState;
  onChange(listener: (state: ConnectionState) => void): () => void;
  readonly subscribe: SubscriptionTransport['subscribe'];
  /** Sends an event that was just logged to its subscribers. */
  deliver(event: TrackedEvent<RunEvent>): void;
  /** Sends to every subscriber what it has not received. */
  catchUp(): void;
  lose(error: StagewireError | undefined): void;
  restore(): void;
  /** Resolves while there is a connection, or with the next one. @throws the reason of the signal */
  whenOpen(signal: AbortSignal | undefined): Promise<void>;
  close(): void;
}

interface Subscriber {
  readonly path: 'runs.events' | 'runs.feed';
  input: EventsInput | FeedInput;
  readonly callbacks: SubscriptionCallbacks;
}

export interface ReplayConnectionOptions {
  readonly session: Session;
  readonly log: ReplayLog;
}

export function createReplayConnection({ session, log }: ReplayConnectionOptions): ReplayConnection {
  const { clock } = session;
  const subscribers = new Set<Subscriber>();
  const listeners = createStateListeners<ConnectionState>();
  const waiting = new Set<() => void>();
  let state: ConnectionState = { status: 'idle', since: 0, transport: 'ws' };

  function become(status: ConnectionState['status'], error?: StagewireError): void {
    if (state.status === status || state.status === 'closed') return;
    state = { status, since: clock.now(), transport: 'ws', ...(error && { error }) };
    listeners.notify(state);
  }

  function wake(): void {
    for (const resume of Array.from(waiting)) resume();
  }

  function catchUp(): void {
    if (state.status === 'lost') return;
    for (const subscriber of Array.from(subscribers)) sendMissed(subscriber);
  }

  function sendMissed(subscriber: Subscriber): void {
    try {
      for (const event of missedBy(subscriber)) {
        if (!subscribers.has(subscriber)) return;
        take(subscriber, event);
      }
      if (!isComplete(subscriber)) return;
      subscribers.delete(subscriber);
      subscriber.callbacks.onStopped();
      subscriber.callbacks.onComplete();
    } catch (error) {
      subscribers.delete(subscriber);
      subscriber.callbacks.onError(asError(error));
    }
  }

  function take(subscriber: Subscriber, event: TrackedEvent<unknown>): void {
    subscriber.input = { ...subscriber.input, lastEventId: event.id };
    subscriber.callbacks.onData(event);
  }

  function missedBy({ path, input }: Subscriber): readonly TrackedEvent<unknown>[] {
    return path === 'runs.events' ? log.eventsAfter(input as EventsInput) : log.feedAfter(input as FeedInput);
  }

  function isComplete({ path, input }: Subscriber): boolean {
    return path === 'runs.events' && log.run((input as EventsInput).runId).state.endedAt !== undefined;
  }

  function begin(subscriber: Subscriber): void {
    if (!subscribers.has(subscriber)) return;
    if (subscriber.path === 'runs.feed' && typeof subscriber.input.lastEventId !== 'string') {
      const cursor = log.feedCursor;
      const at = new Date(clock.now()).toISOString();
      take(subscriber, { id: cursor, data: { type: 'feed.opened', at, cursor } });
    }
    if (state.status !== 'lost') sendMissed(subscriber);
  }

  return {
    get state() {
      return state;
    },
    onChange: (listener) => listeners.add(listener),
    subscribe(path, input, callbacks) {
      const subscriber: Subscriber = { path, input, callbacks };
      subscribers.add(subscriber);
      if (state.status === 'idle') become('open');
      // In another turn, as from a server: the caller has the handle by then.
      queueMicrotask(() => begin(subscriber));
      return { unsubscribe: () => void subscribers.delete(subscriber) };
    },
    deliver(event) {
      const { type, runId } = event.data;
      if (type !== 'run.waiting' && type !== 'stage.waiting') return catchUp();
      if (state.status === 'lost') return;
      for (const { path, input, callbacks } of Array.from(subscribers)) {
        if (path === 'runs.events' && (input as EventsInput).runId === runId) callbacks.onData(event);
      }
    },
    catchUp,
    lose: (error) => become('lost', error),
    restore() {
      become('open');
      catchUp();
      wake();
    },
    whenOpen(signal) {
      if (state.status !== 'lost') return Promise.resolve();
      return new Promise((resolve, reject) => {
        const done = () => {
          waiting.delete(done);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const onAbort = () => {
          waiting.delete(done);
          reject(asError(signal?.reason));
        };
        waiting.add(done);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    close() {
      subscribers.clear();
      become('closed');
      wake();
    },
  };
}
