import { errorTable, StagewireError } from '@stagewire/shared';
import { createWSClient, type TRPCWebSocketClient } from '@trpc/client';
import { createFastClosingWebSocket } from './fast-closing-web-socket.ts';
import { PROTOCOL_HASH, PROTOCOL_VERSION } from './generated/contract.ts';
import { closedError, type Session } from './session.ts';

/** How the socket for events stands. Commands do not need it: they go over HTTP. */
export interface ConnectionState {
  /**
   * - `idle`: nothing is followed, so there is no socket
   * - `connecting`: the first socket is being opened
   * - `open`
   * - `lost`: there is no socket at the moment; it is tried again, and everything followed goes on from its cursor
   * - `refused`: the server closed it for good (`error` says why); nothing is tried again
   * - `closed`: by `close()`
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'lost' | 'refused' | 'closed';
  /** Since when, in milliseconds since the Unix epoch. */
  readonly since: number;
  /** Why it is `refused`: UNAUTHENTICATED, FORBIDDEN or PROTOCOL_MISMATCH. */
  readonly error?: StagewireError;
}

export type Token = string | (() => string | Promise<string>);

export interface ConnectionOptions {
  readonly session: Session;
  /** `ws:` or `wss:`, with the path of the endpoint. */
  readonly url: string;
  readonly token: Token | undefined;
  readonly clientName: string;
  readonly WebSocket: typeof WebSocket;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly openTimeoutMs: number;
  readonly idleCloseMs: number;
}

export interface Connection {
  readonly socket: TRPCWebSocketClient;
  readonly state: ConnectionState;
  /** Calls `listener` with every new state. Returns the way to stop. */
  onChange(listener: (state: ConnectionState) => void): () => void;
  /** Keeps what a call was refused with: it says more than the close code that may follow. */
  noteRefusal(error: StagewireError): void;
  close(): Promise<void>;
}

/** A socket that must have lasted this long before a further loss counts as the first again, in milliseconds. */
const stableMs = 5000;

/** The one socket that all subscriptions share: opened when needed, again when lost, never after a refusal. */
export function createConnection(options: ConnectionOptions): Connection {
  const { session, url, token, clientName, pingIntervalMs, pongTimeoutMs, idleCloseMs } = options;
  const { clock } = session;
  const listeners = new Set<(state: ConnectionState) => void>();
  let state: ConnectionState = { status: 'idle', since: clock.now() };
  let failures = 0;
  let openedAt: number | undefined;
  let wanted = false;
  let noted: StagewireError | undefined;

  const become = (status: ConnectionState['status'], error?: StagewireError) => {
    if (state.status === status || state.status === 'closed') return;
    if (state.status === 'refused' && status !== 'closed') return;
    state = { status, since: clock.now(), ...(error && { error }) };
    for (const listener of Array.from(listeners)) listener(state);
  };

  /** tRPC asks for the url before every socket: the wait before another try is here, where it can be cut short. */
  const nextUrl = async () => {
    if (wanted) {
      if (openedAt !== undefined && clock.now() - openedAt >= stableMs) failures = 0;
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
    WebSocket: createFastClosingWebSocket(options),
    connectionParams: async () => ({
      protocol: String(PROTOCOL_VERSION),
      contract: PROTOCOL_HASH,
      client: clientName,
      ...(token !== undefined && { token: await tokenText(token) }),
    }),
    retryDelayMs: () => 1,
    keepAlive: { enabled: true, intervalMs: pingIntervalMs, pongTimeoutMs },
    lazy: { enabled: true, closeMs: idleCloseMs },
    onOpen() {
      openedAt = clock.now();
    },
    onClose(event) {
      const refusal = refusalOf(event, noted);
      if (refusal === undefined) return;
      become('refused', refusal);
      void socket.close();
    },
  });
  const states = socket.connectionState.subscribe({
    next({ state: now, error }) {
      if (now === 'pending') return become('open');
      if (now === 'connecting')
        return become(error === null && state.status === 'idle' ? 'connecting' : 'lost');
      wanted = false;
      failures = 0;
      become('idle');
    },
  });

  return {
    socket,
    get state() {
      return state;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    noteRefusal(error) {
      noted = error;
    },
    async close() {
      become('closed');
      states.unsubscribe();
      listeners.clear();
      await socket.close();
    },
  };
}

/** The token as it is now: it may be a function that renews it. */
export async function tokenText(token: Token): Promise<string> {
  return typeof token === 'function' ? await token() : token;
}

/** What a close code says for good; `undefined` for all that mean "come back with your cursor". */
function refusalOf(
  event: { readonly code?: number } | undefined,
  noted: StagewireError | undefined,
): StagewireError | undefined {
  const final = ['UNAUTHENTICATED', 'FORBIDDEN', 'PROTOCOL_MISMATCH'] as const;
  const code = final.find((it) => errorTable[it].close === event?.code);
  if (code === undefined) return undefined;
  return noted?.code === code ? noted : new StagewireError(code, errorTable[code].meaning);
}
