import type { StagewireError } from '@stagewire/shared';
import type { Unsubscribable } from '@trpc/server/observable';
import type { SubscriptionCallbacks, SubscriptionTransport, Trouble } from '../streams/resume.ts';
import type { StagewireClientError } from './client-error.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { ConnectionState } from './connection-state.ts';
import type { Session } from './session.ts';
import type { SubscriptionPool } from './subscription-pool.ts';
import { createStateListeners } from './state-listeners.ts';

export interface TransportSwitchOptions {
  readonly session: Session;
  /** `undefined`: only event streams. */
  readonly ws: ConnectionPool | undefined;
  /**
   * Loads the code for event streams, which most clients do not need. `undefined`: only WebSockets.
   *
   * It rejects if the code cannot be loaded.
   */
  readonly loadStreams: (() => Promise<SubscriptionPool>) | undefined;
  /** How often WebSockets are tried again while events arrive over HTTP, in milliseconds. */
  readonly retryMs: number;
}

/** All subscriptions of a client, over the transport that works. */
export interface TransportSwitch extends Pick<
  SubscriptionTransport,
  'refusal' | 'isFinal' | 'openTrouble' | 'subscribe'
> {
  readonly state: ConnectionState;
  onChange(listener: (state: ConnectionState) => void): () => void;
  /** No WebSocket gets through, but HTTP does: all subscriptions are made over HTTP. */
  noteBlocked(): Promise<void>;
  close(): Promise<void>;
}

interface Subscription {
  /** Makes it over the current transport, after the last cursor. */
  open(): void;
}

/**
 * Moves every subscription at once, from its last cursor: what the other transport still delivers is ignored. So nothing is
 * lost, and nothing comes twice.
 */
export function createTransportSwitch(options: TransportSwitchOptions): TransportSwitch {
  const { session, ws, loadStreams, retryMs } = options;
  const listeners = createStateListeners<ConnectionState>();
  const troubles = new Map<Trouble, StagewireError | StagewireClientError>();
  const subscriptions = new Set<Subscription>();
  let transport: ConnectionState['transport'] = ws === undefined ? 'sse' : 'ws';
  let triedAt = 0;
  let isTrying = false;
  let cancelTrial = () => {};
  let sse: SubscriptionPool | undefined;
  let isLoading = false;
  let state = combined();
  ws?.onChange(() => transport === 'ws' && update());

  function current(): SubscriptionPool | undefined {
    return transport === 'ws' ? ws : sse;
  }

  /** Resolves with whether there are event streams. */
  async function load(): Promise<boolean> {
    if (sse !== undefined) return true;
    if (loadStreams === undefined || isLoading) return false;
    isLoading = true;
    try {
      const made = await loadStreams();
      if (session.closed) return false;
      sse = made;
      made.onChange(() => transport === 'sse' && update());
      return true;
    } catch {
      // The code is on a server that is not reached, or that has another version of it now.
      return false;
    } finally {
      isLoading = false;
    }
  }

  /** For a client that has only event streams. */
  async function loadFirst(): Promise<void> {
    for (let failures = 0; subscriptions.size > 0 && !session.closed; failures += 1) {
      if (await load()) return use('sse');
      if (isLoading) return;
      await session.wait(session.backoffMs(failures));
    }
  }

  function combined(): ConnectionState {
    const isWaiting = subscriptions.size > 0 && !session.closed;
    const unloaded = { status: isWaiting ? 'connecting' : 'idle', since: 0, error: undefined } as const;
    const { status, since, error } = current()?.state ?? unloaded;
    const isTroubled = status !== 'idle' && status !== 'refused' && status !== 'closed';
    const why = error ?? (isTroubled ? [...troubles.values()].at(-1) : undefined);
    return { status, since, transport, ...(why && { error: why }) };
  }

  function update(): void {
    const next = combined();
    const isSame =
      next.status === state.status &&
      next.since === state.since &&
      next.transport === state.transport &&
      next.error === state.error;
    if (isSame) return;
    state = next;
    listeners.notify(state);
  }

  function use(next: ConnectionState['transport']): void {
    transport = next;
    for (const subscription of Array.from(subscriptions)) subscription.open();
    update();
  }

  function planTrial(): void {
    cancelTrial();
    cancelTrial = () => {};
    if (transport !== 'sse' || ws === undefined || subscriptions.size === 0 || session.closed) return;
    const leftMs = triedAt + retryMs - session.elapsedMs();
    const cancelTimer = session.clock.after(Math.max(1, leftMs), () => void tryWebSocket());
    // It may be another network.
    const offWake = session.wake.on((reason) => {
      if (reason === 'online') void tryWebSocket();
    });
    cancelTrial = () => {
      cancelTimer();
      offWake();
    };
  }

  async function tryWebSocket(): Promise<void> {
    if (ws === undefined || isTrying) return;
    isTrying = true;
    cancelTrial();
    triedAt = session.elapsedMs();
    const works = await ws.tryOut();
    isTrying = false;
    triedAt = session.elapsedMs();
    if (session.closed) return;
    if (works && transport === 'sse' && subscriptions.size > 0) return use('ws');
    ws.rest();
    planTrial();
  }

  return {
    get state() {
      return state;
    },
    // Each time that a function is added it is another listener.
    onChange: (listener) => listeners.add((it) => listener(it)),
    async noteBlocked() {
      if (transport === 'sse' || !(await load()) || session.closed) return;
      triedAt = session.elapsedMs();
      use('sse');
      ws?.rest();
      planTrial();
    },
    refusal: (isNew) => current()?.refusal(isNew),
    isFinal: (error) => current()?.isFinal(error) !== false,
    openTrouble() {
      const trouble: Trouble = {
        set(error) {
          if (error === undefined ? !troubles.delete(trouble) : troubles.get(trouble) === error) return;
          if (error !== undefined) troubles.set(trouble, error);
          update();
        },
      };
      return trouble;
    },
    subscribe(path, input, callbacks) {
      let cursor = (input as { readonly lastEventId?: string }).lastEventId;
      let handle: Unsubscribable | undefined;
      let opened = 0;
      const end = () => {
        opened += 1;
        if (!subscriptions.delete(subscription)) return;
        if (subscriptions.size === 0) planTrial();
      };
      const subscription: Subscription = {
        open() {
          opened += 1;
          const mine = opened;
          handle?.unsubscribe();
          handle = undefined;
          const pool = current();
          if (pool === undefined) {
            void loadFirst();
            return;
          }
          const made = pool.subscribe(
            path,
            { ...input, ...(cursor !== undefined && { lastEventId: cursor }) },
            guarded(callbacks, { isLive: () => mine === opened, note: (id) => (cursor = id), end }),
          );
          if (mine === opened) handle = made;
          else made.unsubscribe();
        },
      };
      subscriptions.add(subscription);
      subscription.open();
      if (subscriptions.size === 1) planTrial();
      return {
        unsubscribe() {
          end();
          handle?.unsubscribe();
        },
      };
    },
    async close() {
      cancelTrial();
      await Promise.all([ws?.close(), sse?.close()]);
      update();
      listeners.clear();
    },
  };
}

interface Guard {
  /** Whether the subscription is still made by this transport. */
  readonly isLive: () => boolean;
  readonly note: (cursor: string) => void;
  readonly end: () => void;
}

function guarded(callbacks: SubscriptionCallbacks, { isLive, note, end }: Guard): SubscriptionCallbacks {
  return {
    onData(tracked) {
      if (!isLive()) return;
      const { id } = (tracked ?? {}) as { readonly id?: unknown };
      if (typeof id === 'string') note(id);
      callbacks.onData(tracked);
    },
    onStopped() {
      if (isLive()) callbacks.onStopped();
    },
    onComplete() {
      if (!isLive()) return;
      end();
      callbacks.onComplete();
    },
    onError(error) {
      if (!isLive()) return;
      end();
      callbacks.onError(error);
    },
  };
}
