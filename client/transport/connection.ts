import { errorTable, StagewireError } from '@stagewire/shared';
import { createTRPCUntypedClient, createWSClient, wsLink, type TRPCWebSocketClient } from '@trpc/client';
import { StagewireClientError } from './client-error.ts';
import { createGuardedWebSocket, type GuardedSocket } from './guarded-web-socket.ts';
import { PROTOCOL_HASH, PROTOCOL_VERSION } from '../generated/contract.ts';
import { createPongTimeout } from './pong-timeout.ts';
import type { Probe } from './probe.ts';
import { closedError, type Session } from './session.ts';
import { createTokenRefresh, type TokenRefresh } from './token-refresh.ts';
import { tokenText, type Token } from './token.ts';
import { unreachedError } from './unreached-error.ts';

/** The state of the socket for events. Commands do not need it: they use HTTP. */
export interface ConnectionState {
  /**
   * - `idle`: there is no subscription, and so no socket
   * - `connecting`: the first socket is being opened
   * - `open`
   * - `lost`: the socket is lost; the client reconnects, and subscriptions resume from their last cursor
   * - `refused`: rejected permanently (`error` has the reason); the client does not reconnect before a new subscription
   * - `closed`: by `close()`
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'lost' | 'refused' | 'closed';
  /** When this state began, in milliseconds since the Unix epoch. */
  readonly since: number;
  /**
   * Why no events arrive, once that is known; its message is meant for users.
   *
   * - `refused`: the server's UNAUTHENTICATED, FORBIDDEN or PROTOCOL_MISMATCH, or NOT_STAGEWIRE
   * - `connecting`, `lost`: UNREACHABLE (no reply over HTTP either), NO_WEBSOCKET (HTTP works), NOT_STAGEWIRE (a
   *   proxy or another server responds), or a temporary error of the server
   * - `open`: a temporary error of a subscription, e.g. OVERLOADED; it is retried
   */
  readonly error?: StagewireError | StagewireClientError;
}

export interface ConnectionOptions {
  readonly session: Session;
  /** `ws:` or `wss:`, with the path of the endpoint. */
  readonly url: string;
  readonly token: Token | undefined;
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
}

export interface Connection {
  readonly socket: TRPCWebSocketClient;
  readonly state: ConnectionState;
  /** Calls `listener` with every new state. Returns a function that removes it. */
  onChange(listener: (state: ConnectionState) => void): () => void;
  /** Stores the error of a call: it is more precise than the close code that may follow. */
  noteRefusal(error: StagewireError): void;
  /**
   * Whether this error is permanent. It is not if the token is a function and the rejected token was used for the first
   * time.
   */
  isFinal(error: StagewireError | StagewireClientError): boolean;
  /** A subscription was accepted: the next rejection counts as the first one again. */
  noteServed(): void;
  /** A new subscription after a rejection: tries again if the cause may be gone. */
  renew(): void;
  close(): Promise<void>;
}

/** A socket must have been open for this long for the next loss to count as the first one again, in milliseconds. */
const stableMs = 5000;

/**
 * After this many sockets in a row without a message, or one that opens for so long, HTTP is used to find the cause.
 */
const maxSilentSockets = 2;
const slowToOpenMs = 3000;

/** The maximum number of sockets in a row that sent messages outside of the protocol. */
const maxMalformed = 3;

/** One socket that subscriptions share: opened when needed, reopened when lost, never after a permanent rejection. */
export function createConnection(options: ConnectionOptions): Connection {
  const { session, url, token, clientName, idleCloseMs, pongTimeoutMs, longestPongTimeoutMs } = options;
  const { clock } = session;
  const listeners = new Set<(state: ConnectionState) => void>();
  let state: ConnectionState = { status: 'idle', since: clock.now() };
  let failures = 0;
  let openedAt: number | undefined;
  let wanted = false;
  let noted: StagewireError | undefined;
  let latest: GuardedSocket | undefined;
  let refusedSocket: GuardedSocket | undefined;
  let refusedInRow = 0;
  let silentInRow = 0;
  let malformedInRow = 0;
  let probing = false;
  let cancelSlowToOpen = () => {};

  const setState = (next: ConnectionState) => {
    state = next;
    for (const listener of Array.from(listeners)) listener(state);
  };
  const become = (status: ConnectionState['status'], error?: ConnectionState['error']) => {
    if (state.status === status || state.status === 'closed') return;
    if (state.status === 'refused' && status !== 'closed') return;
    // A first socket that fails becomes lost, for the same reason.
    const why = error ?? (status === 'lost' && state.status === 'connecting' ? state.error : undefined);
    setState({ status, since: clock.now(), ...(why && { error: why }) });
  };
  const explain = (error: ConnectionState['error']) => {
    if (state.error?.code === error?.code && state.error?.message === error?.message) return;
    setState({ status: state.status, since: state.since, ...(error && { error }) });
  };
  const refuse = (error: StagewireError | StagewireClientError) => {
    become('refused', error);
    // In a microtask: closing ends every subscription, and the rejected one must get its error first.
    queueMicrotask(() => void socket.close());
  };

  const isTrying = () => state.status === 'connecting' || state.status === 'lost';
  /** A socket does not report why it does not open; HTTP does. */
  const findCause = async () => {
    if (probing || !isTrying()) return;
    probing = true;
    const probe = await options.probe();
    probing = false;
    if (!isTrying() || session.closed || latest?.hasReceived === true) return;
    if (probe.status === 'refused' && !probe.error.retryable) refuse(probe.error);
    else explain(unreachedError(probe));
  };

  /** tRPC requests the URL before every socket: the backoff is here, where it can be interrupted. */
  const nextUrl = async () => {
    if (wanted) {
      if (openedAt !== undefined && session.elapsedMs() - openedAt >= stableMs) failures = 0;
      openedAt = undefined;
      await session.wait(session.backoffMs(failures));
      failures += 1;
    }
    wanted = true;
    if (session.closed) throw closedError();
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
        silentInRow = 0;
        if (state.status === 'open') explain(undefined);
      },
      onEnd(ended) {
        if (ended === latest) cancelSlowToOpen();
        if (!ended.hasReceived) silentInRow += 1;
        if (ended.malformed === undefined) malformedInRow = ended.hasReceived ? 0 : malformedInRow;
        else if (++malformedInRow >= maxMalformed) return refuse(malformedPeerError(ended.malformed));
        // In the next turn: tRPC has not reported the lost connection yet.
        if (silentInRow >= maxSilentSockets) clock.after(0, () => void findCause());
      },
    }),
    connectionParams: async () => ({
      protocol: String(PROTOCOL_VERSION),
      contract: PROTOCOL_HASH,
      client: clientName,
      ...(token !== undefined && { token: await tokenText(token) }),
    }),
    // The sockets parse and check messages themselves.
    experimental_encoder: { encode: (data) => JSON.stringify(data), decode: (data) => data },
    retryDelayMs: () => 1,
    keepAlive: { enabled: false },
    lazy: { enabled: true, closeMs: idleCloseMs },
    onOpen() {
      openedAt = session.elapsedMs();
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
    if (error.code !== 'UNAUTHENTICATED' || refusedSocket === latest) return;
    refusedSocket = latest;
    refusedInRow += 1;
    // The server would leave it open for a moment; the next one sends another token.
    if (isFinal(error)) refuse(error);
    else latest?.close();
  }

  function isFinal(error: StagewireError | StagewireClientError): boolean {
    return error.code !== 'UNAUTHENTICATED' || typeof token !== 'function' || refusedInRow > 1;
  }

  return {
    socket,
    get state() {
      return state;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    noteRefusal,
    isFinal,
    noteServed() {
      refusedInRow = 0;
    },
    renew() {
      if (state.status !== 'refused') return;
      const isOfToken = state.error?.code === 'UNAUTHENTICATED' && typeof token === 'function';
      if (!isOfToken && state.error instanceof StagewireError) return;
      malformedInRow = 0;
      setState({ status: 'idle', since: clock.now() });
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
  const client = createTRPCUntypedClient({ links: [wsLink({ client: socket })] });
  return createTokenRefresh({
    session,
    token,
    info: () => client.query('server.info'),
    refresh: (next) => client.mutation('session.refresh', { token: next }),
  });
}

function malformedPeerError({ message }: Error): StagewireClientError {
  return new StagewireClientError(
    'NOT_STAGEWIRE',
    `The answer on the WebSocket is not from a Stagewire server: it sends ${message}. Check the url given to connect().`,
  );
}

/** The error of a final close code; `undefined` for codes after which the client resumes. */
function refusalOf(
  event: { readonly code?: number } | undefined,
  noted: StagewireError | undefined,
): StagewireError | undefined {
  const final = ['UNAUTHENTICATED', 'FORBIDDEN', 'PROTOCOL_MISMATCH'] as const;
  const code = final.find((it) => errorTable[it].close === event?.code);
  if (code === undefined) return undefined;
  if (noted?.code === code) return noted;
  const message = sentence(errorTable[code].meaning);
  return code === 'PROTOCOL_MISMATCH'
    ? new StagewireError(code, message, { details: { client: String(PROTOCOL_VERSION) } })
    : new StagewireError(code, message);
}

/** A meaning of the error table as a message. */
function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
