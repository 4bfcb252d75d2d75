import { StagewireError } from '@stagewire/shared';
import { createWSClient, type TRPCWebSocketClient } from '@trpc/client';
import type { StagewireClientError } from './client-error.ts';
import { refusalOf } from './close-refusal.ts';
import { createGuardedWebSocket, type GuardedSocket } from './guarded-web-socket.ts';
import { PROTOCOL_HASH, PROTOCOL_VERSION } from '../generated/contract.ts';
import { createPongTimeout } from './pong-timeout.ts';
import { createReconnectWait } from './reconnect-wait.ts';
import type { Renewal } from './renewal.ts';
import type { Probe } from './probe.ts';
import type { PoolState } from './subscription-pool.ts';
import { closedError, type Session } from './session.ts';
import { createSocketClient } from './socket-client.ts';
import { createSocketCredentials } from './socket-credentials.ts';
import { createTokenRefresh, type TokenRefresh } from './token-refresh.ts';
import type { Token } from './token.ts';
import { malformedPeerError, silentError, unreachedError } from './unreached-error.ts';
import { createStateListeners } from './state-listeners.ts';

export interface ConnectionOptions {
  readonly session: Session;
  /** `ws:` or `wss:`, with the path of the endpoint. */
  readonly url: string;
  readonly token: Token | undefined;
  readonly ticket?: (() => Promise<string | undefined>) | undefined;
  readonly renewal?: Renewal | undefined;
  readonly clientName: string;
  readonly WebSocket: typeof WebSocket;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly longestPongTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly openTimeoutMs: number;
  readonly idleCloseMs: number;
  readonly maxMessageChars: number;
  /** Finds out over HTTP why no socket opens. */
  readonly probe: () => Promise<Probe>;
  /** Called when HTTP works and WebSockets do not. @default it is reported as NO_WEBSOCKET */
  readonly onBlocked?: (() => void) | undefined;
}

export interface Connection {
  readonly socket: TRPCWebSocketClient;
  readonly state: PoolState;
  /** Calls `listener` with every new state. Returns a function that removes it. */
  onChange(listener: (state: PoolState) => void): () => void;
  /** Stores the error of a call: it is more precise than the close code that may follow. */
  noteRefusal(error: StagewireError): void;
  /**
   * Whether this error is permanent. It is not if the token is a function and the rejected token was used for the first
   * time, or if the caller may get other credentials.
   */
  isFinal(error: StagewireError | StagewireClientError): boolean;
  /** A subscription was accepted: the next rejection counts as the first one again. */
  noteServed(): void;
  /** A new subscription after a rejection: tries again if the cause may be gone. */
  renew(): void;
  /** Closes the socket, and opens none before it is used again. */
  rest(): void;
  close(): Promise<void>;
}

/** A socket must have been open for this long for the next loss to count as the first one again, in milliseconds. */
const stableMs = 5000;

/**
 * After this many sockets in a row without a message, or one that opens for so long, HTTP is used to find the cause.
 */
const maxSilentSockets = 2;
const slowToOpenMs = 3000;

/** After so many sockets in a row that became silent, too: something in between drops their messages. */
const maxTimedOut = 2;

/** The maximum number of sockets in a row that sent messages outside of the protocol. */
const maxMalformed = 3;

/** One socket that subscriptions share: opened when needed, reopened when lost, never after a permanent rejection. */
export function createConnection(options: ConnectionOptions): Connection {
  const { session, url, token, clientName, idleCloseMs, pongTimeoutMs, longestPongTimeoutMs } = options;
  const { clock } = session;
  const listeners = createStateListeners<PoolState>();
  const reconnectWait = createReconnectWait(session);
  // The clock is not read before something is opened: a page may be rendered in advance.
  let state: PoolState = { status: 'idle', since: 0 };
  let failures = 0;
  let openedAt: number | undefined;
  let wanted = false;
  /** The error of a call on the current socket. */
  let noted: StagewireError | undefined;
  let latest: GuardedSocket | undefined;
  let refusedSocket: GuardedSocket | undefined;
  let refusedInRow = 0;
  let silentInRow = 0;
  let timedOutInRow = 0;
  let malformedInRow = 0;
  let probing = false;
  let cancelSlowToOpen = () => {};

  const setState = (next: PoolState) => {
    state = next;
    listeners.notify(state);
  };
  const become = (status: PoolState['status'], error?: PoolState['error']) => {
    if (state.status === status || state.status === 'closed') return;
    if (state.status === 'refused' && status !== 'closed') return;
    // A first socket that fails becomes lost, for the same reason.
    const why = error ?? (status === 'lost' && state.status === 'connecting' ? state.error : undefined);
    // What is shown is as old as the last message.
    const since = (status === 'lost' ? latest?.heardAt : undefined) ?? clock.now();
    setState({ status, since, ...(why && { error: why }) });
  };
  const explain = (error: PoolState['error'], since = state.since) => {
    if (state.error?.code === error?.code && state.error?.message === error?.message) return;
    setState({ status: state.status, since, ...(error && { error }) });
  };
  const refuse = (error: StagewireError | StagewireClientError) => {
    become('refused', error);
    // In a microtask: closing ends every subscription, and the rejected one must get its error first.
    queueMicrotask(() => void socket.close());
  };

  const isOpening = () => state.status === 'connecting' || state.status === 'lost';
  const isSilent = () => state.status === 'open' && latest?.hasReceived === false;
  const isTrying = () => isOpening() || isSilent() || timedOutInRow >= maxTimedOut;
  /** A socket does not report why it does not open; HTTP does. */
  const findCause = async ({ isOfSocket = true } = {}) => {
    if (probing || !isTrying()) return;
    probing = true;
    const probe = await options.probe();
    probing = false;
    if (!isTrying() || session.closed) return;
    if (latest?.hasReceived === true && timedOutInRow < maxTimedOut) return;
    if (isOfSocket && probe.status === 'answered' && options.onBlocked !== undefined)
      return options.onBlocked();
    if (!isOpening() && !isSilent()) return;
    if (probe.status === 'refused' && !probe.error.retryable && isFinal(probe.error)) refuse(probe.error);
    else explain(unreachedError(probe));
  };

  const credentials = createSocketCredentials({
    ...options,
    onFailure: () => void findCause({ isOfSocket: false }),
  });

  /** tRPC requests the URL before every socket: the backoff is here, where it can be interrupted. */
  const nextUrl = async () => {
    if (wanted) {
      if (openedAt !== undefined && session.elapsedMs() - openedAt >= stableMs) failures = 0;
      openedAt = undefined;
      await reconnectWait.wait(failures);
      failures += 1;
    }
    wanted = true;
    const error = await credentials.prepare();
    if (error !== undefined) refuse(error);
    if (error !== undefined || session.closed) throw error ?? closedError();
    return url;
  };

  const socket = createWSClient({
    url: nextUrl,
    WebSocket: createGuardedWebSocket({
      ...options,
      pongTimeout: createPongTimeout({ shortestMs: pongTimeoutMs, longestMs: longestPongTimeoutMs }),
      onMade(made) {
        latest = made;
        cancelSlowToOpen();
        cancelSlowToOpen = clock.after(slowToOpenMs, () => void findCause());
      },
      onFirstMessage() {
        cancelSlowToOpen();
        reconnectWait.noteWorks();
        silentInRow = 0;
        if (state.status === 'open') explain(undefined);
      },
      onQuiet(quiet, isQuiet) {
        if (quiet !== latest || state.status !== 'open') return;
        if (isQuiet) explain(silentError(), quiet.heardAt);
        else if (state.error?.code === 'SILENT') explain(undefined, clock.now());
      },
      onEnd(ended) {
        if (ended === latest) cancelSlowToOpen();
        if (!ended.hasReceived) silentInRow += 1;
        timedOutInRow = ended.isTimedOut ? timedOutInRow + 1 : 0;
        if (ended.malformed === undefined) malformedInRow = ended.hasReceived ? 0 : malformedInRow;
        else if (++malformedInRow >= maxMalformed) return refuse(malformedPeerError(ended.malformed));
        // In the next turn: tRPC has not reported the lost connection yet.
        if (silentInRow >= maxSilentSockets || timedOutInRow >= maxTimedOut)
          clock.after(0, () => void findCause());
      },
    }),
    connectionParams: async () => ({
      protocol: String(PROTOCOL_VERSION),
      contract: PROTOCOL_HASH,
      client: clientName,
      ...(await credentials.params()),
    }),
    // The sockets parse and check messages themselves.
    experimental_encoder: { encode: (data) => JSON.stringify(data), decode: (data) => data },
    retryDelayMs: () => 1,
    keepAlive: { enabled: false },
    lazy: { enabled: true, closeMs: idleCloseMs },
    onOpen() {
      openedAt = session.elapsedMs();
      noted = undefined;
    },
    onClose(event) {
      const refusal = refusalOf(event, noted);
      if (refusal === undefined) return;
      noteRefusal(refusal);
      if (isFinal(refusal)) refuse(refusal);
    },
  });
  const renewal = typeof token === 'function' ? renewalOf(socket, session, token) : undefined;
  const states = socket.connectionState.subscribe({
    next({ state: now, error }) {
      if (now === 'pending') {
        renewal?.opened();
        return become('open');
      }
      renewal?.closed();
      if (now === 'connecting')
        return become(error === null && state.status === 'idle' ? 'connecting' : 'lost');
      wanted = false;
      failures = 0;
      cancelSlowToOpen();
      become('idle');
    },
  });

  function noteRefusal(error: StagewireError): void {
    noted = error;
    if (error.code === 'UNAUTHENTICATED') credentials.noteRejected(error);
    if (error.code !== 'UNAUTHENTICATED' || refusedSocket === latest) return;
    refusedSocket = latest;
    refusedInRow += 1;
    // The server would leave it open for a moment; the next one sends another token.
    if (isFinal(error)) refuse(error);
    else latest?.close();
  }

  function isFinal(error: StagewireError | StagewireClientError): boolean {
    return error.code !== 'UNAUTHENTICATED' || !credentials.canRenew(refusedInRow);
  }

  return {
    socket,
    get state() {
      return state;
    },
    onChange: (listener) => listeners.add(listener),
    noteRefusal,
    isFinal,
    noteServed() {
      refusedInRow = 0;
    },
    renew() {
      if (state.status !== 'refused') return;
      const isOfToken = state.error?.code === 'UNAUTHENTICATED' && credentials.canRenew(0);
      if (!isOfToken && state.error instanceof StagewireError) return;
      malformedInRow = 0;
      setState({ status: 'idle', since: clock.now() });
    },
    rest() {
      cancelSlowToOpen();
      timedOutInRow = 0;
      silentInRow = 0;
      latest?.close();
      void socket.close();
    },
    async close() {
      cancelSlowToOpen();
      renewal?.closed();
      become('closed');
      states.unsubscribe();
      listeners.clear();
      await socket.close();
    },
  };
}

/** Only a function can return another token. */
function renewalOf(socket: TRPCWebSocketClient, session: Session, token: Token): TokenRefresh {
  const client = createSocketClient(socket);
  return createTokenRefresh({
    session,
    token,
    info: () => client.call('query', 'server.info'),
    refresh: (next) => client.call('mutation', 'session.refresh', { input: { token: next } }),
  });
}
