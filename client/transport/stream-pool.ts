import type { StagewireError } from '@stagewire/shared';
import type { SubscriptionCallbacks } from '../streams/resume.ts';
import { StagewireClientError } from './client-error.ts';
import { noEventsError } from './no-events-error.ts';
import { openStream, type OpenStreamOptions, type StreamEnd } from './open-stream.ts';
import type { Probe } from './probe.ts';
import type { Renewal } from './renewal.ts';
import { closedError } from './session.ts';
import { browserLocks, createStreamPlaces } from './stream-places.ts';
import { streamUrl } from './stream-url.ts';
import { createStreamTurns } from './stream-turns.ts';
import type { PoolState, SubscriptionPool } from './subscription-pool.ts';
import { unreachedError } from './unreached-error.ts';
import { createReconnectWait } from './reconnect-wait.ts';
import { createStateListeners } from './state-listeners.ts';

export interface StreamPoolOptions extends OpenStreamOptions {
  /** `http:` or `https:`, with the path of the endpoint. */
  readonly url: string;
  readonly clientName: string;
  readonly renewal: Renewal | undefined;
  /** See `StreamTurnsOptions`. */
  readonly maxStreams: number;
  readonly turnMs: number;
  /** How long the state stays as it is without a subscription, in milliseconds. */
  readonly idleCloseMs: number;
  /** Finds out why no stream opens. */
  readonly probe: () => Promise<Probe>;
  /** Whether WebSockets do not get through either. */
  readonly isWebSocketTried: boolean;
  /** Called with the server's rejection of a subscription. */
  readonly onRejection?: ((error: StagewireError) => void) | undefined;
}

interface Subscription {
  readonly path: 'runs.events' | 'runs.feed';
  readonly input: object;
  readonly callbacks: SubscriptionCallbacks;
  readonly controller: AbortController;
  cursor: string | undefined;
  status: 'connecting' | 'open' | 'lost';
  /** When something was last received for it, in milliseconds since the Unix epoch. */
  heardAt: number;
  /** Closes its stream; it is opened again. */
  restart: () => void;
}

/** A stream must have been open for this long for the next loss to count as the first one again, in milliseconds. */
const stableMs = 5000;

/** After so many streams in a row without a byte, or one that takes so long, the cause is looked for. */
const maxSilentStreams = 2;
const slowToOpenMs = 3000;

/** How long a query may take that finds out whether the network is gone, in milliseconds. */
const offlineCheckMs = 1000;

/** Subscriptions as server-sent events, each in a response of its own that is read by `fetch`. */
export function createStreamPool(options: StreamPoolOptions): SubscriptionPool {
  const { session, renewal, onRejection = () => {} } = options;
  const { clock } = session;
  const locks = browserLocks();
  const count = options.maxStreams;
  const places = locks && createStreamPlaces(locks, { host: new URL(options.url).host, count });
  const turns = createStreamTurns({ ...options, places });
  const listeners = createStateListeners<PoolState>();
  const reconnectWait = createReconnectWait(session);
  const subscriptions = new Set<Subscription>();
  let state: PoolState = { status: 'idle', since: 0 };
  let refusal: StagewireError | StagewireClientError | undefined;
  let refusedInRow = 0;
  let silentInRow = 0;
  let isProbing = false;
  let isChecking = false;
  let cancelIdle = () => {};

  const setState = (next: PoolState) => {
    state = next;
    listeners.notify(state);
  };
  const become = (status: PoolState['status'], change: Omit<Partial<PoolState>, 'status'> = {}) => {
    if (state.status === status || state.status === 'closed') return;
    const error =
      change.error ?? (status === 'lost' && state.status === 'connecting' ? state.error : undefined);
    setState({ status, since: change.since ?? clock.now(), ...(error && { error }) });
  };
  const explain = (error: PoolState['error']) => {
    if (state.error?.code === error?.code && state.error?.message === error?.message) return;
    setState({ status: state.status, since: state.since, ...(error && { error }) });
  };
  const update = () => {
    if (refusal !== undefined) return become('refused', { error: refusal });
    const all = [...subscriptions];
    const lost = all.filter(({ status }) => status === 'lost');
    if (lost.length > 0) return become('lost', { since: Math.min(...lost.map(({ heardAt }) => heardAt)) });
    if (all.some(({ status }) => status === 'open')) return become('open');
    if (all.length > 0 && state.status === 'idle') become('connecting');
  };
  const isTrying = () => state.status === 'connecting' || state.status === 'lost';

  const findCause = async () => {
    if (isProbing || !isTrying()) return;
    isProbing = true;
    const probe = await options.probe();
    isProbing = false;
    if (!isTrying() || session.closed) return;
    explain(probe.status === 'answered' ? noEventsError(options) : unreachedError(probe));
  };

  /** Whether there may be other credentials after this rejection; waits for them. */
  async function canRenew(
    error: StagewireError,
    { count, signal }: { readonly count: number; readonly signal: AbortSignal },
  ): Promise<boolean> {
    if (renewal !== undefined) return renewal.after(count, error, signal);
    return typeof options.token === 'function' && refusedInRow <= 1;
  }

  /** One stream of a subscription, from its turn on. */
  async function attempt(it: Subscription): Promise<StreamEnd | { readonly status: 'yielded' }> {
    const stop = new AbortController();
    const abort = () => stop.abort();
    it.controller.signal.addEventListener('abort', abort, { once: true });
    let hasYielded = false;
    const turn = await turns.take(it.controller.signal, () => {
      hasYielded = true;
      abort();
    });
    if (turn === undefined) return { status: 'yielded' };
    it.restart = abort;
    let hasReceived = false;
    const cancelSlow = clock.after(slowToOpenMs, () => void findCause());
    const offWake = session.wake.on((reason) => {
      // A request that was sent while the network was down may hang until its timeout.
      if (reason === 'online' && it.status !== 'open') abort();
      if (reason === 'offline') void checkNetwork();
    });
    try {
      const end = await openStream(
        streamUrl({ ...it, url: options.url, clientName: options.clientName }),
        { ...options, signal: stop.signal },
        {
          onChunk() {
            cancelSlow();
            it.heardAt = clock.now();
            if (it.cursor !== undefined) turn.notePing();
            if (hasReceived) return;
            hasReceived = true;
            reconnectWait.noteWorks();
            silentInRow = 0;
            it.status = 'open';
            update();
            if (state.status === 'open') explain(undefined);
          },
          onData(tracked) {
            if (it.controller.signal.aborted) return;
            turn.noteEvent();
            refusedInRow = 0;
            it.cursor = tracked.id ?? it.cursor;
            it.callbacks.onData(tracked);
          },
        },
      );
      if (!hasReceived && end.status === 'lost' && !hasYielded) silentInRow += 1;
      return hasYielded && end.status === 'lost' ? { status: 'yielded' } : end;
    } finally {
      cancelSlow();
      offWake();
      it.controller.signal.removeEventListener('abort', abort);
      turn.release();
    }
  }

  async function follow(it: Subscription): Promise<void> {
    const { signal } = it.controller;
    for (let failures = 0; ;) {
      const count = renewal?.count ?? 0;
      const startedAt = session.elapsedMs();
      const end = await attempt(it);
      if (signal.aborted) return;
      if (end.status === 'complete') {
        leave(it);
        it.callbacks.onStopped();
        return it.callbacks.onComplete();
      }
      if (end.status === 'yielded') continue;
      if (end.status === 'refused' && (await isFinal(it, { error: end.error, count }))) {
        if (signal.aborted) return;
        leave(it);
        return it.callbacks.onError(end.error);
      }
      if (signal.aborted) return;
      if (session.elapsedMs() - startedAt >= stableMs) failures = 0;
      it.status = 'lost';
      update();
      if (silentInRow >= maxSilentStreams) void findCause();
      await reconnectWait.wait(failures, signal);
      failures += 1;
      if (signal.aborted) return;
    }
  }

  /** Whether the subscription ends with this rejection. Otherwise its stream is opened again. */
  async function isFinal(
    it: Subscription,
    { error, count }: { readonly error: StagewireError | StagewireClientError; readonly count: number },
  ): Promise<boolean> {
    if (error instanceof StagewireClientError) {
      if (error.code !== 'NOT_STAGEWIRE') return true;
      // A proxy, or a server that is being replaced: as over WebSockets, it is retried.
      it.status = 'lost';
      update();
      explain(error);
      return false;
    }
    onRejection(error);
    if (error.code === 'UNAUTHENTICATED') {
      refusedInRow += 1;
      it.status = 'lost';
      update();
      if (await canRenew(error, { count, signal: it.controller.signal })) return false;
    }
    if (error.code === 'UNAUTHENTICATED' || error.code === 'PROTOCOL_MISMATCH') refuse(error);
    return true;
  }

  /** No other subscription would be accepted either. */
  function refuse(error: StagewireError): void {
    if (session.closed) return;
    refusal = error;
    update();
    // In a microtask: the rejected subscription gets its error first.
    queueMicrotask(() => {
      for (const it of Array.from(subscriptions)) {
        leave(it);
        it.controller.abort();
        it.callbacks.onComplete();
      }
    });
  }

  function leave(it: Subscription): void {
    if (!subscriptions.delete(it)) return;
    update();
    if (subscriptions.size > 0) return;
    cancelIdle();
    cancelIdle = clock.after(options.idleCloseMs, () => {
      if (state.status !== 'refused') become('idle');
    });
  }

  /** The platform reports that the network is gone: streams are not cut then, and say nothing any more. */
  async function checkNetwork(): Promise<void> {
    if (state.status !== 'open' || isChecking) return;
    isChecking = true;
    const late = Promise.withResolvers<Probe>();
    const cancel = clock.after(offlineCheckMs, () => late.resolve({ status: 'silent', cause: undefined }));
    const { status } = await Promise.race([options.probe(), late.promise]);
    cancel();
    isChecking = false;
    if (status === 'silent') for (const it of Array.from(subscriptions)) it.restart();
  }

  return {
    get state() {
      return state;
    },
    onChange: (listener) => listeners.add(listener),
    refusal(isNew) {
      const mayHaveOther = renewal !== undefined || typeof options.token === 'function';
      if (isNew && refusal?.code === 'UNAUTHENTICATED' && mayHaveOther) {
        refusal = undefined;
        refusedInRow = 0;
        setState({ status: 'idle', since: clock.now() });
      }
      return refusal;
    },
    isFinal: () => true,
    subscribe(path, input, callbacks) {
      cancelIdle();
      const { lastEventId } = input as { readonly lastEventId?: string };
      const it: Subscription = {
        path,
        input,
        callbacks,
        controller: new AbortController(),
        cursor: lastEventId,
        status: 'connecting',
        heardAt: clock.now(),
        restart: () => {},
      };
      subscriptions.add(it);
      update();
      void follow(it);
      return {
        unsubscribe() {
          leave(it);
          it.controller.abort();
        },
      };
    },
    async close() {
      cancelIdle();
      for (const it of subscriptions) it.controller.abort(closedError());
      subscriptions.clear();
      become('closed');
      listeners.clear();
    },
  };
}
